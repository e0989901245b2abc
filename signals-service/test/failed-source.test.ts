/** What becomes of a series whose source fails, through whole ingests on a real PostgreSQL. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { ingest } from "../src/ingest/ingest.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { played, playUpstreams } from "./support/played-sources.ts";
import { published } from "./support/published.ts";
import { registryOf, seriesOf, testFeedKey } from "./support/run.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

async function setUp() {
  const { deps, state } = playUpstreams(database, [played("a")]);
  const registry = registryOf(seriesOf("a@v1"));
  const more = { registry, feedKey: await testFeedKey(), periodMs: 60_000 };
  state.says.set("a", () => Response.json({ value: 7 }));
  const run = () => ingest({ ...deps, ...more }, database.open);
  const seen = async () => {
    const { observation } = await published(database, "a@v1");
    const { value, round, observeTime, fetchTime, qualities } = observation ?? {};
    const times = [observeTime, fetchTime].map((time) => time && timestampMs(time));
    return { value, round, times, qualities };
  };
  return { run, seen, state };
}

test.each<readonly [string, () => Response, string]>([
  ["a 429", () => new Response("[]", { status: 429 }), "status 429"],
  ["an error page with status 200", () => new Response("<html>Oops</html>"), "not JSON"],
  ["a 503", () => Response.json({ value: 8 }, { status: 503 }), "status 503"],
])("P4: %s leaves the old reading with its old dates, and ages it", async (_, answer, reason) => {
  const { run, seen, state } = await setUp();
  await run();
  const before = await seen();
  expect(before).toMatchObject({ value: "7", round: 1n });

  state.says.set("a", answer);
  state.nowMs += 60_000;
  expect((await run()).failed).toEqual([{ source: "a", reason }]);
  expect(await seen()).toEqual(before);

  // Older than the series' transport age: doubted, and still with the old dates.
  state.nowMs += 300_000;
  await run();
  const after = await seen();
  expect(after.times).toEqual(before.times);
  expect(after.qualities).toContain(Quality.STALE_TRANSPORT);
});

test("P4: a run without an answer from anybody is a run, and says who failed", async () => {
  const { run, seen, state } = await setUp();
  state.says.set("a", () => new Response("slow down", { status: 429 }));
  expect((await run()).failed).toHaveLength(1);
  expect(await seen()).toMatchObject({ value: undefined });
});
