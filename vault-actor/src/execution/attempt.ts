/**
 * The signed user operations of one execution. Pure.
 *
 * All have one nonce, so at most one lands, whatever bundlers do. An `ACT` carries the intent
 * out. A `VOID` does nothing but use the nonce up: when it lands, nothing else can.
 */
import type { Operation } from "../policy/operation.ts";
import type { Guards } from "./act.ts";
import type { SignedOperation } from "./execution.ts";
import type { FeePerGas } from "./fee-rules.ts";
import { maxFeeOf } from "./user-operation.ts";

/** What an attempt is for. */
export type AttemptKind = "ACT" | "VOID";

/** What the policy judged, from which the call data can be built anew. */
export type Judged = {
  readonly operation: Operation;
  readonly guards: Guards | undefined;
};

/** A signed operation, as it is stored. What is sent is this, however often. */
export type Attempt = SignedOperation & {
  /** From 1 on, in the order of signing. */
  readonly number: number;
  readonly kind: AttemptKind;
  /** Absent for a void, and for what was signed by releases that stored none. */
  readonly judged: Judged | undefined;
  /** From when on its call can't take effect, by the chain's clock. Absent: nobody knows. */
  readonly deadMs: number | undefined;
  /** How often it was handed to a bundler. */
  readonly sendCount: number;
  readonly signedMs: number;
  /** When a bundler first took it. */
  readonly sentMs: number | undefined;
};

/** How many operations may be signed for one execution. */
export const maxAttempts = 16;

/** How many of them may carry the intent out: the others are for voiding it. */
export const maxActs = 12;

/** The most that any of them can cost: what is held for the fee, as one at most lands. */
export function dearestFee(attempts: readonly SignedOperation[]): bigint {
  return attempts.reduce((most, { userOperation }) => greater(maxFeeOf(userOperation), most), 0n);
}

/** The highest that any of them offers, of both fees. */
export function dearestOffer(attempts: readonly SignedOperation[]): FeePerGas {
  return attempts.reduce(
    (most, { userOperation }) => ({
      max: greater(most.max, BigInt(userOperation.maxFeePerGas)),
      priority: greater(most.priority, BigInt(userOperation.maxPriorityFeePerGas)),
    }),
    { max: 0n, priority: 0n },
  );
}

/** Both fees, brought down to at most `most`. */
export function atMost({ max, priority }: FeePerGas, most: bigint): FeePerGas {
  return { max: lesser(max, most), priority: lesser(lesser(priority, max), most) };
}

function greater(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** Blocks that the first attempt has for getting included before a dearer one is signed. */
const bumpAfterBlocks = 3;

/** However fast the blocks are, bundlers need their time. */
const minBumpMs = 5_000;

const maxBumpBlocks = 96;

/**
 * Whether a dearer attempt is due: the newest was handed over and is not included after a
 * while, which doubles with each attempt.
 */
export function isBumpDue(
  attempts: readonly Attempt[],
  blockTimeMs: number,
  nowMs: number,
): boolean {
  const newest = attempts.at(-1);
  if (newest?.sentMs === undefined) return false;
  const blocks = Math.min(maxBumpBlocks, bumpAfterBlocks * 2 ** (attempts.length - 1));
  return nowMs - newest.sentMs > Math.max(minBumpMs, blocks * blockTimeMs);
}
