/** Reads when an upstream wants to be asked again. Pure. */

/** The longest that an upstream may send us away, in milliseconds. */
export const maxRetryMs = 86_400_000;

/**
 * Reads a `Retry-After` header: seconds or an HTTP date (RFC 9110 section 10.2.3).
 *
 * @returns Milliseconds since the epoch, from `nowMs` to a day later. `undefined` when there is
 *   none, or none that can be read.
 */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  const atMs = /^[0-9]{1,12}$/.test(text) ? nowMs + Number(text) * 1000 : dateIn(text);
  if (atMs === undefined) return undefined;
  return Math.min(Math.max(atMs, nowMs), nowMs + maxRetryMs);
}

/** A date in one of HTTP's three forms. All of them begin with the day's name. */
function dateIn(text: string): number | undefined {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const zoned = /(GMT|UTC)$/.test(text) ? text : `${text} GMT`;
  const atMs = Date.parse(zoned);
  return Number.isNaN(atMs) ? undefined : atMs;
}
