/**
 * What goes wrong in a run, and when: drawn from the run's seed, and written down, because an
 * oracle may ask for more while nothing is wrong.
 */
import type { Random } from "../random.ts";

/** A time in which things go wrong, in true time, and how often they do: from 0 to 1. */
export type Storm = {
  readonly fromMs: number;
  readonly toMs: number;
  /** A turn after which the object is gone. */
  readonly kill: number;
  /** Of those, how many take along what the turn wrote. */
  readonly lose: number;
  /** A call that fails, and one that takes its time. */
  readonly fail: number;
  readonly slow: number;
  /** An alarm that is late, and one that is delivered twice. */
  readonly late: number;
  readonly twice: number;
  /** An answer of the feed that is an earlier one. */
  readonly replay: number;
};

/** Something that happens once, at a true time. */
export type Blow =
  /** The object is gone, whatever it does. */
  | { readonly kind: "evict"; readonly atMs: number }
  /** The object is gone at the end of the `turn`-th turn after it. */
  | { readonly kind: "kill"; readonly atMs: number; readonly turn: number; readonly lose: boolean }
  /** The clock is wrong, for a time. */
  | {
      readonly kind: "clock";
      readonly atMs: number;
      readonly byMs: number;
      readonly forMs: number;
    }
  /** Nothing is delivered to the object, for a time. */
  | { readonly kind: "outage"; readonly atMs: number; readonly forMs: number }
  /** The platform forgets the alarm; a request comes later. */
  | { readonly kind: "lost-alarm"; readonly atMs: number };

/** All that goes wrong in a run. */
export type FaultPlan = { readonly storms: readonly Storm[]; readonly blows: readonly Blow[] };

/** What becomes of a call to the outside. */
export type CallFate = { readonly delayMs: number; readonly fails: boolean };

/** A time in which something was wrong, in true time. */
export type Disturbance = { readonly fromMs: number; readonly toMs: number };

/** Decides what goes wrong, turn by turn. */
export class Faults {
  readonly disturbances: Disturbance[] = [];
  readonly #plan: FaultPlan;
  readonly #random: Random;
  readonly #kills: { turn: number; readonly atMs: number; readonly lose: boolean }[];

  constructor(plan: FaultPlan, random: Random) {
    this.#plan = plan;
    this.#random = random;
    this.#kills = plan.blows.flatMap((blow) =>
      blow.kind === "kill" ? [{ turn: blow.turn, atMs: blow.atMs, lose: blow.lose }] : [],
    );
  }

  /** Writes down that something is wrong. */
  disturb(fromMs: number, toMs = fromMs): void {
    this.disturbances.push({ fromMs, toMs });
  }

  /** Whether the object is gone after this turn, and with what the turn wrote. */
  afterTurn(nowMs: number): "keep" | "lose" | undefined {
    const due = this.#kills.find((kill) => kill.atMs <= nowMs && kill.turn >= 0);
    if (due !== undefined) {
      due.turn -= 1;
      if (due.turn < 0) return due.lose ? "lose" : "keep";
    }
    const storm = this.#stormAt(nowMs);
    if (storm === undefined || !this.#random.chance(storm.kill)) return undefined;
    return this.#random.chance(storm.lose) ? "lose" : "keep";
  }

  /** What becomes of a call. */
  ofCall(nowMs: number): CallFate {
    const quickMs = this.#random.int(5, 150);
    const storm = this.#stormAt(nowMs);
    if (storm === undefined) return { delayMs: quickMs, fails: false };
    const fails = this.#random.chance(storm.fail);
    const slow = this.#random.chance(storm.slow);
    const delayMs = slow ? this.#random.int(1_000, 20_000) : quickMs;
    if (fails || slow) this.disturb(nowMs, nowMs + delayMs);
    return { delayMs, fails };
  }

  /** Whether the feed answers with an earlier snapshot. */
  replays(nowMs: number): boolean {
    const storm = this.#stormAt(nowMs);
    if (storm === undefined || !this.#random.chance(storm.replay)) return false;
    this.disturb(nowMs);
    return true;
  }

  /** How late an alarm is that goes off at `dueMs`. */
  lateness(nowMs: number, dueMs: number): number {
    const usualMs = this.#random.int(0, 40);
    const storm = this.#stormAt(dueMs);
    if (storm === undefined || !this.#random.chance(storm.late)) return usualMs;
    const lateMs = this.#random.int(1_000, 60_000);
    this.disturb(Math.max(nowMs, dueMs), dueMs + lateMs);
    return lateMs;
  }

  /** Whether an alarm that ran is delivered once more. */
  repeats(nowMs: number): boolean {
    const storm = this.#stormAt(nowMs);
    return storm !== undefined && this.#random.chance(storm.twice);
  }

  /** Until when nothing is delivered. */
  outageUntil(nowMs: number): number {
    for (const blow of this.#plan.blows) {
      if (blow.kind !== "outage") continue;
      const toMs = blow.atMs + blow.forMs;
      if (blow.atMs <= nowMs && nowMs < toMs) return toMs;
    }
    return nowMs;
  }

  #stormAt(nowMs: number): Storm | undefined {
    return this.#plan.storms.find(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
  }
}
