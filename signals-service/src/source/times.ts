/** Times as upstreams write them, in milliseconds since the epoch. Pure. What is not one is missing. */

/** The years 2001 to 5138: milliseconds taken for seconds lie far behind it, zero before it. */
const [firstSecond, lastSecond] = [1_000_000_000, 100_000_000_000];

/** Seconds since the epoch. */
export function fromSeconds(value: unknown): number | undefined {
  if (typeof value !== "number" || !(value >= firstSecond && value < lastSecond)) return undefined;
  return Math.trunc(value * 1000);
}

/** A date and time in UTC, ISO 8601 with its `Z`. */
export function fromIso(value: unknown): number | undefined {
  const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
  if (typeof value !== "string" || !shape.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}
