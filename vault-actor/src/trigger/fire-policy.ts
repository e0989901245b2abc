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
import type { Progress, TriggerState } from "./trigger.ts";

/** The shortest cooldown of a trigger that repeats while its condition stays true. */
export const minRefireMs = 60_000;

/** What a trigger does after an evaluation. */
export type Step = {
  readonly fire: boolean;
  readonly progress: Progress;
  readonly state: TriggerState;
};

/** Takes an active trigger one evaluation further. `cleared` is the clear condition's verdict. */
export function step(
  policy: FirePolicy | undefined,
  progress: Progress,
  verdict: Verdict,
  cleared: Verdict | undefined,
  nowMs: number,
): Step {
  if (isExpired(policy, nowMs)) return { fire: false, progress, state: "EXPIRED" };
  const clear = cleared === undefined ? verdict === Verdict.FALSE : cleared === Verdict.TRUE;
  const armed = progress.armed || clear;
  const ready = verdict === Verdict.TRUE && armed && hasCooled(policy, progress, nowMs);
  if (!ready) return { fire: false, progress: { ...progress, armed }, state: "ACTIVE" };
  const fireCount = progress.fireCount + 1;
  const maxFires = Number(policy?.maxFires ?? 0n);
  return {
    fire: true,
    progress: { armed: policy?.refire ?? false, fireCount, lastFireMs: nowMs },
    state: maxFires > 0 && fireCount >= maxFires ? "EXHAUSTED" : "ACTIVE",
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
  if (isExpired(policy, nowMs)) {
    return invalid("trigger.fire_policy.expire_time", "in the past");
  }
  return ok(undefined);
}

function isExpired(policy: FirePolicy | undefined, nowMs: number): boolean {
  return policy?.expireTime !== undefined && nowMs >= timestampMs(policy.expireTime);
}

function hasCooled(policy: FirePolicy | undefined, progress: Progress, nowMs: number): boolean {
  if (policy?.cooldown === undefined || progress.lastFireMs === undefined) return true;
  return nowMs - progress.lastFireMs >= durationMs(policy.cooldown);
}

function invalid(field: string, hint: string) {
  return refuse("CONDITION_INVALID", `${field}: ${hint}`, { field, hint });
}

function unavailable(feature: string) {
  return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
}
