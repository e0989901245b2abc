/** World Monitor's endpoints. A stand-in for the upstream. */
import type { Feeds, Moment } from "./state.ts";
import { economyEndpoints } from "./world-monitor-economy.ts";
import { eventEndpoints, outagesOf, unrestOf } from "./world-monitor-events.ts";
import { scoreEndpoints } from "./world-monitor-scores.ts";

/** What the feed answers, by endpoint. */
export const worldMonitorFeeds: Feeds = {
  "world-monitor": (moment) => endpoints[moment.path.split("?")[0] ?? ""]?.(moment),
};

const endpoints: Feeds = {
  ...scoreEndpoints,
  ...eventEndpoints,
  ...economyEndpoints,
  "/api/seed-health": seedHealth,
};

/** How many records each seed has, and how often it runs, in minutes. */
const seeds: Readonly<Record<string, { records: (moment: Moment) => number; minutes: number }>> = {
  "aviation:faa": { records: () => 3, minutes: 45 },
  "aviation:intl": { records: () => 3, minutes: 45 },
  "energy:chokepoint-flows": {
    records: ({ state }) => Object.keys(state.worldMonitor.flowRatios).length,
    minutes: 360,
  },
  "infra:outages": { records: (moment) => outagesOf(moment).length, minutes: 15 },
  "unrest:events": { records: (moment) => unrestOf(moment).length, minutes: 45 },
};

function seedHealth(moment: Moment): unknown {
  const { nowMs, state } = moment;
  const { missingSeeds, seedAgeMs } = state.worldMonitor;
  const entries = Object.entries(seeds).map(([name, { minutes, records }]) => {
    if (missingSeeds.includes(name)) {
      return [
        name,
        { status: "missing", fetchedAt: null, recordCount: null, stale: true },
      ] as const;
    }
    const stale = seedAgeMs > 2 * minutes * 60_000;
    const seed = {
      status: stale ? "stale" : "ok",
      fetchedAt: nowMs - seedAgeMs,
      recordCount: records(moment),
      sourceVersion: "local",
      ageMinutes: Math.round(seedAgeMs / 60_000),
      stale,
    };
    return [name, seed] as const;
  });
  const healthy = missingSeeds.length === 0;
  return {
    overall: healthy ? "healthy" : "warning",
    seeds: Object.fromEntries(entries),
    checkedAt: nowMs,
  };
}
