/** Reads the times that sources write. Pure. What is not exactly of the form is missing. */

import { aheadMs } from "../normalise/age.ts";

/** Whether a source dates something later than it can be known. */
export function isAhead(timeMs: number, nowMs: number): boolean {
  return timeMs > nowMs + aheadMs;
}

/** A date such as `2026-08-21`: its first moment in UTC, in milliseconds since the epoch. */
export function dateMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? undefined : ms;
}

/** A time such as `2026-08-21T06:20:54`, in UTC even where its `Z` is missing. */
export function utcMs(text: string | undefined): number | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|\+00:00)?$/.exec(text ?? "");
  if (parts === null || dateMs(parts[1]) === undefined) return undefined;
  const ms = Date.parse(`${parts[1]}T${parts[2]}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The years 2001 to 5138: zero lies before them, milliseconds taken for seconds behind. */
const [firstSecond, lastSecond] = [1_000_000_000, 100_000_000_000];

/** Seconds since the epoch, as a number. */
export function secondsMs(value: unknown): number | undefined {
  if (typeof value !== "number" || !(value >= firstSecond && value < lastSecond)) return undefined;
  return Math.trunc(value * 1000);
}
