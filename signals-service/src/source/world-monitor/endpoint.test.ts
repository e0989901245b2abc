import { describe, expect, test } from "vitest";
import { eventsOf, outcomeOf, readingOf } from "../../../test/support/adapter.ts";
import {
  answering,
  nowMs,
  seed,
  seedHealth,
  seenMs,
  worldMonitor,
} from "../../../test/support/world-monitor.ts";
import { acled } from "../../../test/support/world-monitor-events.ts";
import { unrestEvents } from "../../series/geo.ts";
import { unrest } from "./unrest.ts";

const list = { events: [acled()], clusters: [] };
const read = (body: unknown, health: unknown) =>
  outcomeOf(unrest(worldMonitor), answering(body, health), nowMs);
const unavailable = (body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status: 503, headers });

describe("P4: the seeds' health", () => {
  test("is heard though it says 503, as it does when any other seed is missing", async () => {
    const seeds = {
      "unrest:events": seed(),
      "market:gold": { status: "missing", fetchedAt: null, recordCount: null, stale: true },
    };
    const outcome = await read(list, unavailable({ overall: "degraded", seeds }));
    expect(eventsOf(outcome)).toHaveLength(1);
    expect(readingOf(outcome, unrestEvents).observeMs).toBe(seenMs);
  });

  test.each<readonly [string, () => Response, object]>([
    [
      "comes back later",
      () => unavailable(seedHealth(), { "retry-after": "90" }),
      { reason: "unavailable", retryMs: nowMs + 90_000 },
    ],
    [
      "is a page",
      () => new Response("<html>Sorry</html>", { status: 503 }),
      { reason: "unavailable" },
    ],
    ["can't be read", () => unavailable({ error: "Redis unavailable" }), { reason: "unexpected" }],
    ["is another failure", () => Response.json(seedHealth(), { status: 502 }), {}],
  ])("says nothing when it %s", async (_, health, failure) => {
    expect(await read(list, health())).toMatchObject({ kind: "failed", failure });
  });

  test("is no excuse for an endpoint that says 503", async () => {
    const outcome = await read(unavailable(list), seedHealth());
    expect(outcome).toMatchObject({ kind: "failed", failure: { reason: "unavailable" } });
  });

  test("is asked first: what has no age isn't worth a call", async () => {
    const asked: string[] = [];
    const says = (url: string) => {
      asked.push(new URL(url).pathname);
      return new Response("", { status: 500 });
    };
    await outcomeOf(unrest(worldMonitor), says, nowMs);
    expect(asked).toEqual(["/api/seed-health"]);
  });
});
