/**
 * Plays a trigger over a past, look by look, by the very step that live looks take.
 *
 * Pure. It looks at the start, whenever something that the condition depends on becomes known,
 * and when time alone asks for a look. Nothing that is executed is played: the execution of a
 * firing counts as ended at once.
 */
import { consider, type Fired, type Rule } from "../trigger/consider.ts";
import type { Outcome } from "../trigger/outcome.ts";
import { startingAt } from "../trigger/trigger.ts";
import type { Happening } from "./happening.ts";
import type { PastWorld } from "./past-world.ts";

/** How far a play may go. */
export type PlayLimits = { readonly maxFirings: number; readonly maxEvaluations: number };

/** Why a play goes no further before its end. */
export type Halt =
  /** A limit was met. */
  | "limit"
  /** The trigger is exhausted or expired: nothing more can come of it. */
  | "over"
  /** The trigger would have frozen the vault. */
  | "frozen";

/** How far a play has come. */
export type Played = {
  readonly halt: Halt | undefined;
  readonly evaluations: number;
  readonly last: Outcome | undefined;
  /** Everything before this time was played. */
  readonly untilMs: number;
};

/** Begins a play. `onFired` is called for every firing, in order, and says whether more may follow. */
export function createPlay(
  rule: Rule,
  world: PastWorld,
  options: {
    readonly startMs: number;
    readonly limits: PlayLimits;
    readonly onFired: (fired: Fired) => boolean;
  },
) {
  const { startMs } = options;
  const { maxFirings, maxEvaluations } = options.limits;
  const spent = new Set<string>();
  let standing = startingAt(startMs);
  let nextMs = startMs;
  let firings = 0;
  let evaluations = 0;
  let last: Outcome | undefined;
  let halt: Halt | undefined;
  let untilMs = startMs;

  let waiting: readonly Happening[] = [];
  let taken = 0;

  const takeWhile = (isDue: (atMs: number) => boolean): void => {
    for (let next = waiting[taken]; next !== undefined && isDue(next.atMs); ) {
      world.take(next);
      taken += 1;
      next = waiting[taken];
    }
  };

  const look = (nowMs: number): void => {
    takeWhile((atMs) => atMs <= nowMs);
    const seen = consider(rule, standing, world.lookAt(nowMs), { spent, busy: false });
    evaluations += 1;
    last = seen.outcome;
    standing = seen.standing;
    for (const cause of seen.spends) spent.add(cause);
    const more = seen.firings.map(options.onFired).every(Boolean);
    firings += seen.firings.length;
    untilMs = nowMs + 1;
    const soonest = Math.min(seen.lookMs, world.nextChangeMs(nowMs));
    nextMs = Math.max(Math.ceil(soonest), nowMs);
    if (seen.stale === "freeze") halt = "frozen";
    else if (standing.state !== "ACTIVE") halt = "over";
    else if (!more || firings >= maxFirings || evaluations >= maxEvaluations) halt = "limit";
  };

  return {
    /** Adds what happened next: nothing of it before what was added earlier. */
    add(happenings: readonly Happening[]): void {
      waiting = [...waiting.slice(taken), ...happenings];
      taken = 0;
      // What happened before the start only warms the world up.
      takeWhile((atMs) => atMs < startMs);
    },

    /**
     * Plays on to a time, for which all that happened before it must have been added. Stops after
     * `maxLooks`. Returns whether there is nothing left to do before that time.
     */
    advance(toMs: number, maxLooks: number): boolean {
      for (let looks = 0; looks < maxLooks; looks += 1) {
        if (halt !== undefined) return true;
        const atMs = Math.min(nextMs, waiting[taken]?.atMs ?? Number.POSITIVE_INFINITY);
        if (atMs >= toMs) {
          untilMs = Math.max(untilMs, toMs);
          return true;
        }
        look(atMs);
      }
      return halt !== undefined;
    },

    /** How far it has come. */
    played: (): Played => ({ halt, evaluations, last, untilMs }),
  };
}
