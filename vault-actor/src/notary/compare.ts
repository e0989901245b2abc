/**
 * Decides whether a vault's history is the one that its notary knows. Pure.
 *
 * A history continues what the notary holds when it contains the very entry that is held.
 * Counting alone would not do: a restored vault that worked on has as many entries as one that
 * was not.
 */
import type { Hex } from "viem";
import { type Head, isSame, order } from "./note.ts";

/** The vault's own history. */
export type History = {
  readonly head: Head;
  /** The hash of an entry. `undefined` when there is no such entry. */
  readonly rootAt: (sequence: number) => Hex | undefined;
  /** What the notary held when the last restore was found out. */
  readonly reconciledWith: () => Head | undefined;
};

/**
 * How a history stands to its notary. `same`: both hold it. `ahead`: the notary misses the end
 * of it, and may be told. `restored`: the storage was put back to an earlier time, or to another
 * course of events.
 */
export type Standing = "same" | "ahead" | "restored";

/** Compares. A notary that holds nothing yet is told. */
export function compare(history: History, held: Head | undefined): Standing {
  if (held === undefined) return "ahead";
  const { head } = history;
  if (isSame(head, held)) return "same";
  // A takeover rests on a proof of the account itself, and ends what was before.
  if (head.claimEpoch > held.claimEpoch) return "ahead";
  if (order(head, held) <= 0) return "restored";
  if (history.rootAt(held.sequence) === held.root && head.generation === held.generation) {
    return "ahead";
  }
  // The restore was found out and written down, and its note was lost.
  const reconciled = history.reconciledWith();
  return reconciled !== undefined && isSame(reconciled, held) ? "ahead" : "restored";
}
