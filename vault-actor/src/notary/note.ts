/** What a vault's notary holds of it. Pure. */
import type { Hex } from "viem";
import type { Authority } from "../identity/authority.ts";

/** Where a vault's history stands. */
export type Head = {
  readonly claimEpoch: number;
  /** How often a restore of the storage was found out. */
  readonly generation: number;
  /** The last entry of the ledger, and its hash. */
  readonly sequence: number;
  readonly root: Hex;
};

/** What one signed operation holds against the limits, or several that are merged. */
export type Hold = {
  readonly executionId: string;
  /** The key whose limits it counts against; empty for none. */
  readonly keyId: string;
  /** The trigger whose limits it counts against; empty for none. */
  readonly triggerId: string;
  /** Where to look for it on the chain. Absent when several are merged or it was settled. */
  readonly operation: HeldOperation | undefined;
  /** What it may take, by asset (CAIP-19 or a name of `policy/pseudo-asset.ts`), in base units. */
  readonly amounts: ReadonlyMap<string, bigint>;
  /** When it was signed; the newest of several. */
  readonly atMs: number;
  /** How many operations this stands for. */
  readonly operations: number;
};

/** What identifies an operation on the chain. */
export type HeldOperation = {
  readonly sender: Hex;
  /** Its lane and its place there. */
  readonly nonce: Hex;
  readonly hash: Hex;
};

/** A note. */
export type Note = {
  readonly vaultId: string;
  readonly head: Head;
  readonly authority: Authority;
  readonly holds: readonly Hold[];
};

/** Orders two heads: positive when `a` is the later one. */
export function order(a: Head, b: Head): number {
  return a.claimEpoch - b.claimEpoch || a.generation - b.generation || a.sequence - b.sequence;
}

/** Whether two heads are the same place of the same history. */
export function isSame(a: Head, b: Head): boolean {
  return order(a, b) === 0 && a.root === b.root;
}
