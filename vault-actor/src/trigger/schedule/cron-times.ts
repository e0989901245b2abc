/**
 * When the times that a cron expression names occur in a time zone. Pure.
 *
 * An expression that names every hour follows the clock: it occurs whenever the clock shows one
 * of its times. Any other occurs once for each of its times: at the first moment at which the
 * clock shows that time or a later one. So a time that is skipped occurs at the first moment
 * after, those that meet there are one, and a time that is shown twice occurs the first time.
 */
import type { Cron } from "./cron.ts";
import { lastLocal, nextLocal } from "./local-time.ts";
import { type Span, spanAt, spansBackFrom, spansFrom } from "./zone.ts";

const hourMs = 3_600_000;
/** No clock is further from UTC, on either side. */
const maxOffsetMs = 16 * hourMs;
/** No clock was ever put back further than a day. */
const lookBackMs = 26 * hourMs;
const stretchMs = 48 * hourMs;

/** The first occurrence after `ms`. `undefined`: there is none within 41 years. */
export function cronAfter(cron: Cron, zone: string, ms: number): number | undefined {
  if (!namesEveryHour(cron)) return firstShownAfter(cron, zone, ms);
  for (let at = ms; ; ) {
    const near = shownBetween(cron, zone, at + 1, at + stretchMs);
    if (near !== undefined) return near;
    // From here on only a time that the clock has not shown yet can be the next.
    const far = firstShownAfter(cron, zone, at + stretchMs);
    if (far === undefined || isShown(cron, zone, far)) return far;
    at = far;
  }
}

/** The last occurrence at or before `ms`. `undefined`: there is none within 41 years. */
export function cronAtOrBefore(cron: Cron, zone: string, ms: number): number | undefined {
  if (!namesEveryHour(cron)) return lastFirstShown(cron, zone, ms);
  for (let at = ms; ; ) {
    const near = lastShownBetween(cron, zone, at - stretchMs + 1, at);
    if (near !== undefined) return near;
    const far = lastFirstShown(cron, zone, at - stretchMs);
    if (far === undefined) return undefined;
    // The same time may have been shown again soon after.
    at = Math.min(at - stretchMs, far + stretchMs - 1);
  }
}

function namesEveryHour(cron: Cron): boolean {
  return cron.hours.length === 24;
}

function firstShownAfter(cron: Cron, zone: string, ms: number): number | undefined {
  const local = nextLocal(cron, latestShown(zone, ms));
  return local === undefined ? undefined : firstReach(zone, local);
}

function lastFirstShown(cron: Cron, zone: string, ms: number): number | undefined {
  const local = lastLocal(cron, latestShown(zone, ms));
  return local === undefined ? undefined : firstReach(zone, local);
}

/** The latest local time that the clock has shown until `ms`. */
function latestShown(zone: string, ms: number): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const { toMs, offsetMs } of spansBackFrom(zone, ms, ms - lookBackMs)) {
    latest = Math.max(latest, Math.min(ms, toMs - 1) + offsetMs);
  }
  return latest;
}

/** The first moment at which the clock shows `localMs` or a later time. */
function firstReach(zone: string, localMs: number): number {
  for (const span of spansFrom(zone, localMs - maxOffsetMs, localMs + maxOffsetMs)) {
    const at = Math.max(span.fromMs, localMs - span.offsetMs);
    if (at < span.toMs) return at;
  }
  return localMs + maxOffsetMs;
}

function shownBetween(cron: Cron, zone: string, fromMs: number, toMs: number): number | undefined {
  for (const span of spansFrom(zone, fromMs, toMs)) {
    const local = nextLocal(cron, Math.max(fromMs, span.fromMs) - 1 + span.offsetMs);
    if (local !== undefined && local - span.offsetMs < span.toMs) return local - span.offsetMs;
  }
  return undefined;
}

function lastShownBetween(
  cron: Cron,
  zone: string,
  fromMs: number,
  toMs: number,
): number | undefined {
  for (const span of spansBackFrom(zone, toMs, fromMs)) {
    const local = lastLocal(cron, Math.min(toMs, span.toMs - 1) + span.offsetMs);
    if (local !== undefined && local - span.offsetMs >= span.fromMs) return local - span.offsetMs;
  }
  return undefined;
}

function isShown(cron: Cron, zone: string, ms: number): boolean {
  const { offsetMs }: Span = spanAt(zone, ms);
  return nextLocal(cron, ms + offsetMs - 1) === ms + offsetMs;
}
