/**
 * How old World Monitor's data is: when each of its seeds last fetched. Pure.
 *
 * Many of its answers don't say how old they are, and a seed that fails leaves the last good data
 * in place: without this, old looks like new. Whoever asks makes the same request once a run.
 */
import { err, ok, type Result } from "#protocol/result";
import { field, finite } from "../json.ts";

/** Where it is. Needs a key. */
export const seedHealthPath = "/api/seed-health";

/** How old an answer is. */
export type SeedAge = {
  /** When the oldest of its seeds was fetched, in milliseconds since the epoch. */
  readonly fetchMs: number;
  /** Whether one of them is older than it should be, or doesn't say that it isn't. */
  readonly stale: boolean;
  /** How many records they have. `undefined` when one doesn't say. */
  readonly records: number | undefined;
};

/**
 * Whether a list can be what the seeds have. An empty one of seeds that have records is what a
 * failure of the store in between looks like.
 */
export function isPlausible(rows: readonly unknown[], age: SeedAge): boolean {
  return rows.length > 0 || age.records === 0;
}

/**
 * The age of what rests on `seeds`. `undefined` when one of them is missing, was never fetched or has
 * no source: then nothing is known. Fails with words when this isn't seed health.
 */
export function seedAgeOf(
  health: unknown,
  seeds: readonly string[],
): Result<SeedAge | undefined, string> {
  const all = field(health, "seeds");
  if (typeof all !== "object" || all === null || Array.isArray(all)) return err("no seeds");
  let fetchMs = Number.POSITIVE_INFINITY;
  let stale = false;
  let records: number | undefined = 0;
  for (const name of seeds) {
    const seed = field(all, name);
    const seedMs = finite(field(seed, "fetchedAt"));
    if (seedMs === undefined || seedMs <= 0) return ok(undefined);
    // It runs, and has nothing to fetch from.
    if (field(seed, "status") === "not_configured") return ok(undefined);
    fetchMs = Math.min(fetchMs, seedMs);
    stale ||= field(seed, "stale") !== false;
    const count = finite(field(seed, "recordCount"));
    records = records === undefined || count === undefined ? undefined : records + count;
  }
  return ok({ fetchMs, stale, records });
}
