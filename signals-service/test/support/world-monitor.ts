/** What the tests of World Monitor share: times, the health of its seeds, and one case of an endpoint. */
import type { SeedAge } from "../../src/source/world-monitor/seed-health.ts";
import type { AdapterCase, Upstream } from "./adapter.ts";

/** When the answers are read. */
export const nowMs = 1_785_000_200_000;

/** When the world was as the answers say. */
export const seenMs = 1_785_000_000_000;

/** The same as text. */
export const seenText = "2026-07-25T17:20:00.000Z";

/** Where it is, with a key. */
export const worldMonitor = { url: "https://wm.test", key: "wm_key" };

/** A seed's state. */
export function seed(changes: object = {}): object {
  return {
    status: "ok",
    fetchedAt: seenMs,
    recordCount: 5,
    sourceVersion: "v1",
    ageMinutes: 3,
    stale: false,
    ...changes,
  };
}

/** All seeds that the endpoints rest on, each changed alike. */
export function seedHealth(changes: object = {}): object {
  const names = [
    "energy:chokepoint-flows",
    "infra:outages",
    "unrest:events",
    "aviation:faa",
    "aviation:intl",
  ];
  return {
    overall: "healthy",
    checkedAt: nowMs,
    seeds: Object.fromEntries(names.map((name) => [name, seed(changes)])),
  };
}

/** An upstream that answers an endpoint, and the health of its seeds. */
export function answering(body: unknown, health: unknown = seedHealth()): Upstream {
  return (url) => (new URL(url).pathname === "/api/seed-health" ? health : body);
}

/** A case: what the endpoint says, and what must become of it. */
export function when(
  body: unknown,
  check: Extract<AdapterCase, { says: unknown }>["check"],
  health: unknown = seedHealth(),
): AdapterCase {
  return { says: answering(body, health), check };
}

/** A fresh age. */
export function age(changes: Partial<SeedAge> = {}): SeedAge {
  return { fetchMs: seenMs, stale: false, records: 5, ...changes };
}
