/**
 * When a cron expression occurs, found out naively with Temporal: every day of the window, every
 * time of the day that is named, and what Temporal says about that time in the zone.
 */
import { Temporal } from "temporal-polyfill";
import type { GeneratedCron } from "./generated-cron.ts";

/** All occurrences after `fromMs` until `toMs`, ascending. */
export function temporalOccurrences(
  cron: GeneratedCron,
  zone: string,
  fromMs: number,
  toMs: number,
): readonly number[] {
  const followsClock = hoursOfDay.every((hour) => cron.hour.values.has(hour));
  const times = timesOf(cron);
  const found = new Set<number>();
  const last = dateAt(toMs, zone).add({ days: 2 });
  let day = dateAt(fromMs, zone).subtract({ days: 2 });
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    if (!isNamed(cron, day)) continue;
    for (const time of times) {
      for (const ms of momentsOf(day.toPlainDateTime(time), zone, followsClock)) {
        if (ms > fromMs && ms <= toMs) found.add(ms);
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

function timesOf({ hour, minute, second }: GeneratedCron): readonly Temporal.PlainTime[] {
  const minutes = [...minute.values].filter((n) => n < 60);
  const seconds = [...second.values].filter((n) => n < 60);
  return hoursOfDay
    .filter((h) => hour.values.has(h))
    .flatMap((h) => minutes.flatMap((m) => seconds.map((s) => new Temporal.PlainTime(h, m, s))));
}

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

function dateAt(ms: number, zone: string): Temporal.PlainDate {
  return atMs(ms, zone).toPlainDate();
}
