/**
 * Asks a chain's nodes, one after the other until one answers.
 *
 * Outcomes say what to do next: a node that can't be reached is `retry`; what the chain
 * itself refuses (a revert) is `final`.
 */
import { readBody } from "#protocol/exchange";

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
const maxAnswerBytes = 8_388_608;

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

/** Calls one endpoint. An answer that is longer than `maxBytes` is none. */
export async function callOnce<T>(
  fetch: FetchRpc,
  url: string,
  method: string,
  params: readonly unknown[],
  options: PostOptions = {},
): Promise<Outcome<T>> {
  const posted = await post(fetch, url, { jsonrpc: "2.0", id: 1, method, params }, options);
  if (posted.kind === "retry") return posted;
  const answer = posted.value as {
    result?: T;
    error?: { code?: number; message?: string; data?: unknown };
  } | null;
  if (answer?.error !== undefined) {
    const { code = 0, message = "unknown error", data } = answer.error;
    return { kind: "final", reason: message, code, data };
  }
  if (answer?.result === undefined) return { kind: "retry", reason: `status ${posted.status}` };
  return { kind: "ok", value: answer.result };
}

/** Bounds of one request. */
export type PostOptions = { readonly maxBytes?: number; readonly signal?: AbortSignal };

/** What came back for a request. `status` is missing when nothing did. */
export type Posted =
  | { readonly kind: "ok"; readonly value: unknown; readonly status: number }
  | { readonly kind: "retry"; readonly reason: string; readonly status?: number };

/** Posts JSON to an endpoint, and reads the JSON that it answers. */
export async function post(
  fetch: FetchRpc,
  url: string,
  body: unknown,
  options: PostOptions = {},
): Promise<Posted> {
  const late = new AbortController();
  // Cleared when the call ends: a timer that is left keeps the object awake.
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const { signal } = options;
  let status: number | undefined;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
    });
    status = response.status;
    // A busy or broken endpoint says nothing about the chain, whatever its body claims.
    if (status === 429 || status >= 500)
      return { kind: "retry", reason: `status ${status}`, status };
    const bytes = await readBody(response.body, options.maxBytes ?? maxAnswerBytes);
    if (bytes === undefined) return { kind: "retry", reason: "the answer is too long" };
    return { kind: "ok", value: JSON.parse(new TextDecoder().decode(bytes)) as unknown, status };
  } catch (fault) {
    const reason = fault instanceof Error ? fault.name : "unreachable";
    return { kind: "retry", reason, ...(status === undefined ? {} : { status }) };
  } finally {
    clearTimeout(timer);
  }
}
