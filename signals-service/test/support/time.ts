/** Times as JSON has them. */

/** A time of milliseconds since the epoch. */
export function timestampJson(ms: number): string {
  return new Date(ms).toISOString();
}
