/** What an intent comes to when it is planned: calls, what they take, what they must bring. Pure data. */
import type { Address } from "#protocol/names";
import type { Operation } from "../policy/operation.ts";
import type { AccountCall } from "./redemption.ts";

/** An amount of an asset, as CAIP-19 id, and what it is worth in millionths of a US dollar. */
export type Flow = {
  readonly asset: string;
  readonly amount: bigint;
  readonly microUsd: bigint | undefined;
};

/**
 * What the chain itself checks around the calls, in the same operation. The whole operation is
 * reverted when one of them does not hold.
 */
export type Guards = {
  /** The latest block time at which it may land, in seconds since the epoch. */
  readonly deadlineSeconds: number;
  /** How the account's balance of each asset must have changed at least; below zero: may fall. */
  readonly changes: readonly { readonly asset: string; readonly atLeast: bigint }[];
  /** What price feeds must say when it lands. */
  readonly feeds: readonly {
    readonly feed: Address;
    readonly min: bigint;
    readonly max: bigint;
    readonly maxAgeSeconds: number;
  }[];
};

/** An intent that is planned. */
export type PlannedAct = {
  /** What the policy judges. Its fees are zero until the operation is built. */
  readonly operation: Operation;
  /** The calls of the vault's account, in order: the same as `operation.calls`. */
  readonly calls: readonly AccountCall[];
  readonly guards: Guards;
  /** What would be done, in words that the owners can sign. */
  readonly summary: string;
  /** What leaves at most. */
  readonly spends: readonly Flow[];
  /** What comes at least. */
  readonly receives: readonly Flow[];
};
