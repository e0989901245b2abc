/**
 * Decides whether a verdict fires, and when a trigger is ready again.
 *
 * Pure. A trigger fires on becoming true, not on being true: after a firing it waits until
 * the condition has cleared, unless its owner asks for repeats.
 */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Condition } from "#gen/trigger/v1/condition";
import { type FirePolicy, FirePolicy_Stale, Verdict } from "#gen/trigger/v1/trigger";
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { invalid } from "./leaf-kind.ts";
import { isPoint } from "./point.ts";
import type { Progress, TriggerState } from "./trigger.ts";

/** The shortest cooldown of a trigger that repeats while its condition stays true. */
export const minRefireMs = 60_000;

/** A fire policy with its durations read. */
export type FireRules = {
  readonly cooldownMs: number;
  /** `Infinity`: no limit. */
  readonly maxFires: number;
  /** `Infinity`: never. */
  readonly expireMs: number;
  readonly debounceMs: number;
  readonly refire: boolean;
  readonly stale: "hold" | "alert" | "freeze";
};

/** Reads a fire policy. Absent is one with every field at its default. */
export function fireRulesOf(policy: FirePolicy | undefined): FireRules {
  const { cooldown, debounce, expireTime, maxFires = 0n } = policy ?? {};
  return {
    cooldownMs: cooldown === undefined ? 0 : durationMs(cooldown),
    maxFires: maxFires === 0n ? Number.POSITIVE_INFINITY : Number(maxFires),
    expireMs: expireTime === undefined ? Number.POSITIVE_INFINITY : timestampMs(expireTime),
    debounceMs: debounce === undefined ? 0 : durationMs(debounce),
    refire: policy?.refire ?? false,
    stale:
      policy?.stale === FirePolicy_Stale.ALERT
        ? "alert"
        : policy?.stale === FirePolicy_Stale.FREEZE
          ? "freeze"
          : "hold",
  };
}

/** What a trigger saw, as far as its fire policy asks. */
export type Seen = {
  readonly verdict: Verdict;
  /** Whether the condition has been true for as long as it must. */
  readonly holds: boolean;
  /** Whether it is true because something happened: that counts once, and needs no clearing. */
  readonly isPoint: boolean;
  /** What the clear condition says. `undefined`: there is none. */
  readonly cleared: Verdict | undefined;
};

/** What a trigger does after an evaluation. */
export type Step = {
  readonly fire: boolean;
  readonly progress: Progress;
  readonly state: TriggerState;
  /** When only time keeps it from firing: until when. `Infinity` otherwise. */
  readonly waitMs: number;
};

/** Takes an active trigger one evaluation further. */
export function step(rules: FireRules, progress: Progress, seen: Seen, nowMs: number): Step {
  const waitMs = Number.POSITIVE_INFINITY;
  if (nowMs >= rules.expireMs) return { fire: false, progress, state: "EXPIRED", waitMs };
  const armed = isArmed(progress, seen);
  const mayFire = armed || (seen.isPoint && seen.cleared === undefined);
  const cooledMs = cooledAt(rules, progress);
  const wants = seen.verdict === Verdict.TRUE && seen.holds && mayFire;
  if (!wants || nowMs < cooledMs) {
    const known = armed === progress.armed ? progress : { ...progress, armed };
    return { fire: false, progress: known, state: "ACTIVE", waitMs: wants ? cooledMs : waitMs };
  }
  const fireCount = progress.fireCount + 1;
  return {
    fire: true,
    progress: { armed: rules.refire, fireCount, lastFireMs: nowMs },
    state: fireCount >= rules.maxFires ? "EXHAUSTED" : "ACTIVE",
    waitMs: rules.refire ? nowMs + rules.cooldownMs : waitMs,
  };
}

/** Whether the next true fires, after what was seen. */
export function isArmed(progress: Progress, seen: Pick<Seen, "verdict" | "cleared">): boolean {
  const { verdict, cleared } = seen;
  if (progress.armed) return true;
  return cleared === undefined ? verdict === Verdict.FALSE : cleared === Verdict.TRUE;
}

/** Refuses a fire policy that contradicts itself or would fire without end. */
export function checkFirePolicy(
  policy: FirePolicy | undefined,
  condition: Condition,
  nowMs: number,
): Result<void, Failure> {
  if (policy === undefined) return ok(undefined);
  const { cooldownMs, debounceMs, expireMs, maxFires, refire } = fireRulesOf(policy);
  const field = (name: string) => `trigger.fire_policy.${name}`;
  if (refire && cooldownMs < minRefireMs) {
    return invalid(field("cooldown"), "at least 60 s with refire");
  }
  if (refire && policy.clearCondition !== undefined) {
    return invalid(field("clear_condition"), "contradicts refire");
  }
  if (refire && maxFires === 1) {
    return invalid(field("max_fires"), "at least 2 with refire, or 0 for no limit");
  }
  if (debounceMs > 0 && isPoint(condition)) {
    const hint = "absent: the condition is true at occurrences only, and holds for no time";
    return invalid(field("debounce"), hint);
  }
  if (nowMs >= expireMs) return invalid(field("expire_time"), "in the past");
  if (debounceMs > 0 && nowMs + debounceMs >= expireMs) {
    return invalid(field("debounce"), "shorter than the time until expire_time");
  }
  return ok(undefined);
}

/** From when on a trigger may fire again. Without a cooldown a clock that was set back holds nothing up. */
function cooledAt(rules: FireRules, progress: Progress): number {
  const { lastFireMs } = progress;
  if (lastFireMs === undefined || rules.cooldownMs === 0) return Number.NEGATIVE_INFINITY;
  return lastFireMs + rules.cooldownMs;
}
