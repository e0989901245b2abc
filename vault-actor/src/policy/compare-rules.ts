/** Compares the rules that are neither of calls nor of amounts. Pure. */
import { isAtMostValue } from "./compare-calls.ts";
import type { AllowanceRule, ApprovalRule, HourSpan, Hours, OracleRule } from "./rule.ts";

const minutesOfWeek = 7 * 1440;

/**
 * Whether operations may start at no other time than before. Hours of two zones are compared only
 * when one of them is no restriction: their offsets change apart.
 */
export function hoursWithin(next: Hours | undefined, current: Hours | undefined): boolean {
  if (current === undefined) return true;
  const allowed = minutesOf(current.spans);
  if (allowed.size === minutesOfWeek) return true;
  if (next === undefined || next.timeZone !== current.timeZone) return false;
  return [...minutesOf(next.spans)].every((minute) => allowed.has(minute));
}

function minutesOf(spans: readonly HourSpan[]): ReadonlySet<number> {
  const minutes = new Set<number>();
  for (const { days, startMinute, endMinute } of spans) {
    for (const day of days) {
      for (let at = startMinute; at < endMinute; at++) minutes.add((day - 1) * 1440 + at);
    }
  }
  return minutes;
}

/** Whether prices must be as good as before. */
export function oracleWithin(next: OracleRule, current: OracleRule): boolean {
  const ageOk =
    current.maxAgeMs === undefined ||
    (next.maxAgeMs !== undefined && next.maxAgeMs <= current.maxAgeMs);
  return (
    ageOk &&
    next.minSources >= current.minSources &&
    next.maxDeviationBps <= current.maxDeviationBps
  );
}

/** Whether no spender may be given more than before. */
export function allowancesWithin(
  next: readonly AllowanceRule[],
  current: readonly AllowanceRule[],
): boolean {
  return next.every(({ asset, spender, max }) =>
    current.some((one) => one.asset === asset && one.spender === spender && max <= one.max),
  );
}

/**
 * Whether the owners are asked whenever they were, and nothing waits for them that was refused
 * before: an approval can't let through what could not even be asked for.
 */
export function approvalsWithin(
  next: ApprovalRule | undefined,
  current: ApprovalRule | undefined,
): boolean {
  if (current === undefined) return next?.overLimit !== true;
  if (next === undefined) {
    return current.over.length === 0 && !current.newRecipient;
  }
  const lower = (asset: string) => next.over.find((one) => one.asset === asset)?.amount;
  return (
    current.over.every(({ asset, amount }) => isAtMostValue(lower(asset), amount)) &&
    (next.newRecipient || !current.newRecipient) &&
    (current.overLimit || !next.overLimit) &&
    next.waitMs <= current.waitMs &&
    next.maxWorseningBps <= current.maxWorseningBps
  );
}
