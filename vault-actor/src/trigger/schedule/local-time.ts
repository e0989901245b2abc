/**
 * The times that a cron expression names on a clock on the wall. Pure.
 *
 * A local time is in milliseconds since 1970-01-01 00:00 of that clock, as if every day had 24
 * hours; which moments it is, the time zone says.
 */
import type { Cron } from "./cron.ts";

const secondMs = 1000;
const dayMs = 86_400_000;
/**
 * A day that an expression names comes again within 40 years: 29 February on one day of the
 * week takes that long across a year like 2100.
 */
const horizonMonths = 41 * 12;

/** The first local time after `localMs`. `undefined`: the expression names none. */
export function nextLocal(cron: Cron, localMs: number): number | undefined {
  const from = (Math.floor(localMs / secondMs) + 1) * secondMs;
  const day = Math.floor(from / dayMs);
  if (isNamed(cron, day)) {
    const time = firstTime(cron, (from - day * dayMs) / secondMs);
    if (time !== undefined) return day * dayMs + time * secondMs;
  }
  const next = stepDay(cron, day, 1);
  const time = firstTime(cron, 0);
  return next === undefined || time === undefined ? undefined : next * dayMs + time * secondMs;
}

/** The last local time at or before `localMs`. `undefined`: the expression names none. */
export function lastLocal(cron: Cron, localMs: number): number | undefined {
  const until = Math.floor(localMs / secondMs) * secondMs;
  const day = Math.floor(until / dayMs);
  if (isNamed(cron, day)) {
    const time = lastTime(cron, (until - day * dayMs) / secondMs);
    if (time !== undefined) return day * dayMs + time * secondMs;
  }
  const previous = stepDay(cron, day, -1);
  const time = lastTime(cron, dayMs / secondMs - 1);
  return previous === undefined || time === undefined
    ? undefined
    : previous * dayMs + time * secondMs;
}

/** The nearest named day after (`1`) or before (`-1`) `day`, in days since 1970. */
function stepDay(cron: Cron, day: number, direction: 1 | -1): number | undefined {
  const start = new Date(day * dayMs);
  const months = start.getUTCFullYear() * 12 + start.getUTCMonth();
  for (let n = 0; n <= horizonMonths; n++) {
    const month = months + n * direction;
    if (cron.months[modulo(month, 12) + 1] !== true) continue;
    const first = firstDay(month);
    const last = firstDay(month + 1) - 1;
    if (direction === 1) {
      for (let at = Math.max(first, day + 1); at <= last; at++) if (isNamed(cron, at)) return at;
    } else {
      for (let at = Math.min(last, day - 1); at >= first; at--) if (isNamed(cron, at)) return at;
    }
  }
  return undefined;
}

/** The first day of a month, both counted from an epoch. */
function firstDay(month: number): number {
  const date = new Date(0);
  date.setUTCFullYear(Math.floor(month / 12), modulo(month, 12), 1);
  return date.getTime() / dayMs;
}

function isNamed(cron: Cron, day: number): boolean {
  const date = new Date(day * dayMs);
  if (cron.months[date.getUTCMonth() + 1] !== true) return false;
  const inMonth = cron.days[date.getUTCDate()] === true;
  const inWeek = cron.weekdays[date.getUTCDay()] === true;
  return cron.bothDays ? inMonth && inWeek : inMonth || inWeek;
}

/** The first time of a day at or after `from`, both in seconds since midnight. */
function firstTime({ hours, minutes, seconds }: Cron, from: number): number | undefined {
  const [hour, minute, second] = split(from);
  if (hours.includes(hour)) {
    if (minutes.includes(minute)) {
      const at = seconds.find((value) => value >= second);
      if (at !== undefined) return join(hour, minute, at);
    }
    const at = minutes.find((value) => value > minute);
    if (at !== undefined) return join(hour, at, seconds[0]);
  }
  const at = hours.find((value) => value > hour);
  return at === undefined ? undefined : join(at, minutes[0], seconds[0]);
}

/** The last time of a day at or before `until`. */
function lastTime({ hours, minutes, seconds }: Cron, until: number): number | undefined {
  const [hour, minute, second] = split(until);
  if (hours.includes(hour)) {
    if (minutes.includes(minute)) {
      const at = seconds.findLast((value) => value <= second);
      if (at !== undefined) return join(hour, minute, at);
    }
    const at = minutes.findLast((value) => value < minute);
    if (at !== undefined) return join(hour, at, seconds.at(-1));
  }
  const at = hours.findLast((value) => value < hour);
  return at === undefined ? undefined : join(at, minutes.at(-1), seconds.at(-1));
}

function split(time: number): readonly [number, number, number] {
  return [Math.floor(time / 3600), Math.floor(time / 60) % 60, time % 60];
}

function join(hour: number, minute = 0, second = 0): number {
  return hour * 3600 + minute * 60 + second;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
