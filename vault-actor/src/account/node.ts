/**
 * Asks a chain's nodes, one after the other until one answers.
 *
 * Outcomes say what to do next: a node that can't be reached is `retry`; what the chain
 * itself refuses (a revert) is `final`.
 */
import { decodeFunctionResult, encodeFunctionData, type Hex, parseAbi } from "viem";
import type { Address } from "#protocol/names";

/** What became of a call to the outside. */
export type Outcome<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "retry"; readonly reason: string }
  | {
      readonly kind: "final";
      readonly reason: string;
      readonly code: number;
      readonly data: unknown;
    };

/** The part of `fetch` that is needed. */
export type FetchRpc = (url: string, init: RequestInit) => Promise<Response>;

/** Calls a JSON-RPC method. */
export type Rpc = <T>(method: string, params: readonly unknown[]) => Promise<Outcome<T>>;

const timeoutMs = 8_000;

/** Creates a caller for endpoints that are tried in order. */
export function createRpc(fetch: FetchRpc, urls: readonly string[]): Rpc {
  return async <T>(method: string, params: readonly unknown[]) => {
    let last: Outcome<T> = { kind: "retry", reason: "no endpoint" };
    for (const url of urls) {
      last = await callOnce<T>(fetch, url, method, params);
      if (last.kind !== "retry") return last;
    }
    return last;
  };
}

async function callOnce<T>(
  fetch: FetchRpc,
  url: string,
  method: string,
  params: readonly unknown[],
): Promise<Outcome<T>> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    // A busy or broken endpoint says nothing about the chain, whatever its body claims.
    if (response.status === 429 || response.status >= 500) {
      return { kind: "retry", reason: `status ${response.status}` };
    }
    const answer = (await response.json()) as {
      result?: T;
      error?: { code?: number; message?: string; data?: unknown };
    };
    if (answer.error !== undefined) {
      const { code = 0, message = "unknown error", data } = answer.error;
      return { kind: "final", reason: message, code, data };
    }
    if (answer.result === undefined) return { kind: "retry", reason: `status ${response.status}` };
    return { kind: "ok", value: answer.result };
  } catch (fault) {
    return { kind: "retry", reason: fault instanceof Error ? fault.name : "unreachable" };
  }
}

const ownableAbi = parseAbi(["function owner() view returns (address)"]);

/** Tells whether an account is deployed and, if so, which owner its code names. */
export async function readOwner(
  rpc: Rpc,
  account: Address,
): Promise<Outcome<{ deployed: false } | { deployed: true; owner: Address | undefined }>> {
  const code = await rpc<Hex>("eth_getCode", [account, "latest"]);
  if (code.kind !== "ok") return code;
  if (code.value === "0x") return { kind: "ok", value: { deployed: false } };
  const data = encodeFunctionData({ abi: ownableAbi, functionName: "owner" });
  const answer = await rpc<Hex>("eth_call", [{ to: account, data }, "latest"]);
  if (answer.kind === "retry") return answer;
  const owner = answer.kind === "ok" ? decodeOwner(answer.value) : undefined;
  return { kind: "ok", value: { deployed: true, owner } };
}

function decodeOwner(data: Hex): Address | undefined {
  try {
    const owner = decodeFunctionResult({ abi: ownableAbi, functionName: "owner", data });
    return owner.toLowerCase() as Address;
  } catch {
    return undefined;
  }
}
