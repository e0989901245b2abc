/**
 * When a cron expression occurs, found out naively with Temporal: every day of the window, every
 * time of the day that is named, and what Temporal says about that time in the zone.
 */
import { Temporal } from "temporal-polyfill";
import type { GeneratedCron } from "./generated-cron.ts";

/**
 * All occurrences after `fromMs` until `toMs`, ascending. `movedMs` is the most by which the
 * clock is moved within a day of the window.
 */
export function temporalOccurrences(
  cron: GeneratedCron,
  zone: string,
  fromMs: number,
  toMs: number,
  movedMs: number,
): readonly number[] {
  const followsClock = hoursOfDay.every((hour) => cron.hour.values.has(hour));
  const minutes = [...cron.minute.values].filter((n) => n < 60);
  const seconds = [...cron.second.values].filter((n) => n < 60);
  // A local time can't be further outside of the window than the clock is moved.
  const low = localMs(atMs(fromMs, zone).toPlainDateTime()) - movedMs;
  const high = localMs(atMs(toMs, zone).toPlainDateTime()) + movedMs;
  const found = new Set<number>();
  const last = dateAt(toMs, zone).add({ days: 2 });
  let day = dateAt(fromMs, zone).subtract({ days: 2 });
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    if (!isNamed(cron, day)) continue;
    const midnight = Date.UTC(day.year, day.month - 1, day.day);
    for (const hour of cron.hour.values) {
      if (hour > 23) continue;
      for (const minute of minutes) {
        for (const second of seconds) {
          const at = midnight + (hour * 3600 + minute * 60 + second) * 1000;
          if (at < low || at > high) continue;
          const local = day.toPlainDateTime({ hour, minute, second });
          for (const ms of momentsOf(local, zone, followsClock)) {
            if (ms > fromMs && ms <= toMs) found.add(ms);
          }
        }
      }
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** When the clock of a zone is moved between two moments. */
export function transitionsOf(zone: string, fromMs: number, toMs: number): readonly number[] {
  const found: number[] = [];
  let at = atMs(fromMs, zone).getTimeZoneTransition("next");
  while (at !== null && at.epochMilliseconds <= toMs) {
    found.push(at.epochMilliseconds);
    at = at.getTimeZoneTransition("next");
  }
  return found;
}

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour);

function isNamed(cron: GeneratedCron, day: Temporal.PlainDate): boolean {
  const { dayOfMonth, month, dayOfWeek } = cron;
  if (!month.values.has(day.month)) return false;
  const inMonth = dayOfMonth.values.has(day.day);
  const inWeek =
    dayOfWeek.values.has(day.dayOfWeek) || (day.dayOfWeek === 7 && dayOfWeek.values.has(0));
  const restricted = !dayOfMonth.isStarred && !dayOfWeek.isStarred;
  return restricted ? inMonth || inWeek : inMonth && inWeek;
}

function momentsOf(
  local: Temporal.PlainDateTime,
  zone: string,
  followsClock: boolean,
): readonly number[] {
  const earlier = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  const exists = earlier.toPlainDateTime().equals(local);
  if (exists && !followsClock) return [earlier.epochMilliseconds];
  if (exists) {
    const later = local.toZonedDateTime(zone, { disambiguation: "later" });
    return [earlier.epochMilliseconds, later.epochMilliseconds];
  }
  if (followsClock) return [];
  return [earlier.getTimeZoneTransition("next")?.epochMilliseconds ?? Number.NaN];
}

function atMs(ms: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
}

/** By how much the clock is moved at a moment. */
export function moveAt(ms: number, zone: string): number {
  const [before, after] = [atMs(ms - 1, zone), atMs(ms, zone)];
  return Math.abs(after.offsetNanoseconds - before.offsetNanoseconds) / 1_000_000;
}

function localMs(local: Temporal.PlainDateTime): number {
  return local.toZonedDateTime("UTC").epochMilliseconds;
}

function dateAt(ms: number, zone: string): Temporal.PlainDate {
  return atMs(ms, zone).toPlainDate();
}
