/** How long what the database holds is kept. Pure. */

/** Days, by what is kept. */
export type Retention = {
  /** History in full; what is older keeps a few observations of every ten minutes. */
  readonly raw: number;
  /** History at all. The latest observation of a series stays. */
  readonly keep: number;
  /** Events and their revisions. */
  readonly event: number;
  /** Raw answers, and what rests on them, after their last use. */
  readonly payload: number;
  /** What was signed. */
  readonly round: number;
  /** The answers to publishers' requests, for repeats. */
  readonly request: number;
  /** Telemetry's facts. */
  readonly telemetry: number;
  /** The ids of telemetry's batches, for repeats. */
  readonly batch: number;
};

/** What is kept for how long unless told. */
export const defaultRetention: Retention = {
  raw: 90,
  keep: 730,
  event: 730,
  payload: 30,
  round: 7,
  request: 2,
  telemetry: 90,
  batch: 15,
};

/** The shortest times: a repeat must be known as long as it may come, and news read in full. */
const least: Retention = {
  raw: 1,
  keep: 1,
  event: 31,
  payload: 1,
  round: 1,
  request: 1,
  telemetry: 1,
  batch: 15,
};

/** Reads a JSON object of days by name; what it doesn't name is as usual. Throws on a malformed one. */
export function readRetention(text: string | undefined): Retention {
  if (text === undefined || text === "") return defaultRetention;
  const given = JSON.parse(text) as Record<string, unknown>;
  for (const [name, days] of Object.entries(given)) {
    const minimum = (least as Record<string, number>)[name];
    if (minimum === undefined || !Number.isInteger(days) || Number(days) < minimum) {
      throw new Error(`RETENTION_DAYS is malformed at ${name}`);
    }
  }
  const retention = { ...defaultRetention, ...(given as Partial<Retention>) };
  if (retention.keep < retention.raw) throw new Error("RETENTION_DAYS keeps less than it has raw");
  return retention;
}
