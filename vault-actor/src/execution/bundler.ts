/**
 * Talks to ERC-4337 bundlers (ERC-7769): several operators' endpoints, of which none is believed.
 *
 * A bundler can only refuse, delay or drop. What one refuses the next is asked; a hash that one
 * returns changes nothing, because the hash is computed from what was signed.
 */
import type { Hex } from "viem";
import type { Address } from "#protocol/names";
import type { Outcome } from "../account/node.ts";
import { disposition, type Refusal, refusalOf, refusalText } from "./bundler-verdict.ts";
import type { Bundlers } from "./chain-access.ts";
import type { UserOperation } from "./user-operation.ts";

/** The gas that an operation needs. */
export type GasEstimate = {
  readonly callGasLimit: bigint;
  readonly verificationGasLimit: bigint;
  readonly preVerificationGas: bigint;
};

// A limit that is exactly enough now may be too little in the block that includes it.
const gasMarginPercent = 115n;

/** More than any operation may use: an estimate above it is a bundler's fault. */
const maxGas = 30_000_000n;

/** What became of handing an operation over. */
export type Handed =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly reason: string };

/** Estimates gas. Refused only when no bundler gives an estimate and none is in trouble. */
export async function estimateGas(
  bundlers: Bundlers,
  operation: UserOperation,
  entryPoint: Address,
): Promise<Outcome<GasEstimate>> {
  let refused: Outcome<never> | undefined;
  let waiting: Outcome<never> | undefined;
  for (const bundler of bundlers.inOrder()) {
    const params = [operation, entryPoint];
    const answer = await bundler<Record<string, unknown>>("eth_estimateUserOperationGas", params);
    if (answer.kind === "ok") {
      const estimate = readEstimate(answer.value);
      if (estimate !== undefined) return { kind: "ok", value: estimate };
      bundlers.onFault(new Error("a bundler's estimate is not one"));
      waiting ??= { kind: "retry", reason: "the bundler's estimate is not one" };
    } else if (answer.kind === "retry") waiting ??= answer;
    else {
      const refusal = refusalOf(answer.code, answer.reason);
      const reason = refusalText(refusal, answer.reason, answer.data);
      if (disposition[refusal] === "final") refused ??= { ...answer, reason };
      else waiting ??= { kind: "retry", reason };
    }
  }
  return waiting ?? refused ?? { kind: "retry", reason: "no bundler" };
}

/**
 * Hands an operation over to the first bundler that takes it, `hash` being what it is known by.
 * The refusal of all is the first one that says something about the operation.
 */
export async function handOver(
  bundlers: Bundlers,
  operation: UserOperation,
  entryPoint: Address,
  hash?: Hex,
): Promise<Handed> {
  let best: Extract<Handed, { kind: "refused" }> | undefined;
  for (const bundler of bundlers.inOrder()) {
    const answer = await bundler<unknown>("eth_sendUserOperation", [operation, entryPoint]);
    if (answer.kind === "ok") {
      if (hash !== undefined && answer.value !== hash) {
        bundlers.onFault(new Error("a bundler names another hash than the operation's"));
      }
      return { kind: "accepted" };
    }
    const refusal = answer.kind === "retry" ? "trouble" : refusalOf(answer.code, answer.reason);
    if (disposition[refusal] === "accepted") return { kind: "accepted" };
    const data = answer.kind === "final" ? answer.data : undefined;
    const reason = refusalText(refusal, answer.reason, data);
    // Trouble of one must not hide what another says about the operation.
    if (best === undefined || best.refusal === "trouble")
      best = { kind: "refused", refusal, reason };
  }
  return best ?? { kind: "refused", refusal: "trouble", reason: "no bundler" };
}

/** Hands an operation over. `final` is the word of every bundler that answered, never proof. */
export async function sendOperation(
  bundlers: Bundlers,
  operation: UserOperation,
  entryPoint: Address,
  hash?: Hex,
): Promise<Outcome<Hex>> {
  const handed = await handOver(bundlers, operation, entryPoint, hash);
  if (handed.kind === "accepted") return { kind: "ok", value: hash ?? "0x" };
  const { refusal, reason } = handed;
  if (disposition[refusal] === "retry") return { kind: "retry", reason };
  return { kind: "final", reason, code: 0, data: undefined };
}

function readEstimate(answer: Record<string, unknown> | null): GasEstimate | undefined {
  const call = gasOf(answer?.callGasLimit);
  const verification = gasOf(answer?.verificationGasLimit);
  const before = gasOf(answer?.preVerificationGas);
  if (call === undefined || verification === undefined || before === undefined) return undefined;
  return { callGasLimit: call, verificationGasLimit: verification, preVerificationGas: before };
}

function gasOf(value: unknown): bigint | undefined {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,16}$/i.test(value)) return undefined;
  const gas = (BigInt(value) * gasMarginPercent) / 100n;
  return gas <= maxGas ? gas : undefined;
}
