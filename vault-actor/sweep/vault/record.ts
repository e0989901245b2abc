/**
 * What was seen of a vault from outside.
 *
 * `turn` is the number of the turn that wrote it. What a request changes and how an execution ends
 * wake the look in their own turn, so of one turn they come first.
 */

/** A look at the world that is kept. Times are true; `ownMs` is what the vault's clock showed. */
export type Look = {
  readonly atMs: number;
  readonly ownMs: number;
  readonly turn: number;
  /** The round that it saw; 0: none. */
  readonly round: number;
  /** The series that it knew of that round: those that were wanted when the vault asked. */
  readonly series: ReadonlySet<string>;
};

/** A change of a trigger that is kept. */
export type TriggerChange = {
  readonly atMs: number;
  readonly ownMs: number;
  readonly turn: number;
  readonly triggerId: string;
  readonly kind: "created" | "updated" | "paused" | "resumed" | "deleted";
};

/** A firing that is kept. `look`: the index of the look that fired it. */
export type SeenFiring = {
  readonly triggerId: string;
  readonly firingId: string;
  /** What is behind the trigger and its version in the occurrence key. */
  readonly cause: string;
  readonly look: number;
};

/** All of it. */
export type Record = {
  readonly looks: Look[];
  readonly firings: SeenFiring[];
  /** In which turns the effect of an execution took place, by what caused it. */
  readonly effects: Map<string, readonly number[]>;
  /** What the vault's modules complained of. */
  readonly faults: unknown[];
};

export function emptyRecord(): Record {
  return { looks: [], firings: [], effects: new Map(), faults: [] };
}
