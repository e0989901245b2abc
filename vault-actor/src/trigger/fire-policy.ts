/**
 * Decides whether a verdict fires, and when a trigger is ready again.
 *
 * Pure. A trigger fires on becoming true, not on being true: after a firing it waits until
 * the condition has cleared, unless its owner asks for repeats.
 */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type FirePolicy, FirePolicy_Stale, Verdict } from "#gen/trigger/v1/trigger";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { invalid } from "./leaf-kind.ts";
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

/** What a trigger does after an evaluation. */
export type Step = {
  readonly fire: boolean;
  readonly progress: Progress;
  readonly state: TriggerState;
};

/** Takes an active trigger one evaluation further. `cleared` is the clear condition's verdict. */
export function step(
  rules: FireRules,
  progress: Progress,
  verdict: Verdict,
  cleared: Verdict | undefined,
  nowMs: number,
): Step {
  if (nowMs >= rules.expireMs) return { fire: false, progress, state: "EXPIRED" };
  const clear = cleared === undefined ? verdict === Verdict.FALSE : cleared === Verdict.TRUE;
  const armed = progress.armed || clear;
  const ready = verdict === Verdict.TRUE && armed && hasCooled(rules, progress, nowMs);
  if (!ready) return { fire: false, progress: { ...progress, armed }, state: "ACTIVE" };
  const fireCount = progress.fireCount + 1;
  return {
    fire: true,
    progress: { armed: rules.refire, fireCount, lastFireMs: nowMs },
    state: fireCount >= rules.maxFires ? "EXHAUSTED" : "ACTIVE",
  };
}

/** Refuses a fire policy that is not served or would fire without end. */
export function checkFirePolicy(
  policy: FirePolicy | undefined,
  nowMs: number,
): Result<void, Failure> {
  if (policy === undefined) return ok(undefined);
  if (policy.debounce !== undefined && durationMs(policy.debounce) > 0) {
    return unavailable("FirePolicy.debounce");
  }
  if (policy.stale === FirePolicy_Stale.ALERT || policy.stale === FirePolicy_Stale.FREEZE) {
    return unavailable("FirePolicy.stale");
  }
  const cooldownMs = policy.cooldown === undefined ? 0 : durationMs(policy.cooldown);
  if (policy.refire && cooldownMs < minRefireMs) {
    return invalid("trigger.fire_policy.cooldown", "at least 60 s with refire");
  }
  if (policy.refire && policy.clearCondition !== undefined) {
    return invalid("trigger.fire_policy.clear_condition", "contradicts refire");
  }
  if (nowMs >= fireRulesOf(policy).expireMs) {
    return invalid("trigger.fire_policy.expire_time", "in the past");
  }
  return ok(undefined);
}

function hasCooled(rules: FireRules, progress: Progress, nowMs: number): boolean {
  // Without a cooldown a clock that was set back must not hold anything up.
  if (progress.lastFireMs === undefined || rules.cooldownMs === 0) return true;
  return nowMs - progress.lastFireMs >= rules.cooldownMs;
}

function unavailable(feature: string) {
  return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
}
