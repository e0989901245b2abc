/** Sets the platform's alarm, and knows to when it is set as far as that can be known. */
import type { Database } from "../storage/database.ts";
import type { WakeBudget } from "./budget.ts";
import type { UsageCounter } from "./usage.ts";

/** The platform's alarm. */
export interface Alarm {
  get(): Promise<number | null>;
  set(atMs: number): void;
}

/** Creates what sets the alarm of one vault. */
export function createArming(deps: {
  readonly db: Pick<Database, "rollbacks">;
  readonly alarm: Alarm;
  readonly budget: WakeBudget;
  readonly usage: UsageCounter;
  readonly now: () => number;
}) {
  const { db, alarm, budget, usage } = deps;
  let set: { readonly atMs: number; readonly rollbacks: number } | undefined;

  // The alarm is a part of the storage: a transaction that is taken back takes it back too.
  const knownMs = () => (set?.rollbacks === db.rollbacks ? set.atMs : undefined);

  const learn = (atMs: number) => {
    set = { atMs, rollbacks: db.rollbacks };
  };

  return {
    /** To when it is set. `undefined`: not known, or not at all. */
    knownMs,

    /** Takes the platform's word for when it is set. */
    learn,

    /** It has gone off, or nobody knows any more. */
    forget(): void {
      set = undefined;
    },

    /** Sets it, unless it is set so; later when the wake budget is spent. */
    set(wantedMs: number): void {
      const nowMs = deps.now();
      const allowedMs = budget.nextMs(nowMs);
      const atMs = Math.max(wantedMs, allowedMs);
      if (knownMs() === atMs) return;
      if (allowedMs > nowMs && allowedMs > wantedMs) usage.delayed();
      alarm.set(atMs);
      usage.alarmSet();
      learn(atMs);
    },
  };
}
