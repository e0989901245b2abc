/** Official prints and events that are corrected, through whole runs on a real PostgreSQL. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { macroSeries, rates } from "../src/series/macro.ts";
import { readRate } from "../src/source/fred.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { published } from "./support/published.ts";
import { eventOf, quakeSeries, registryOf, runOnce, says } from "./support/run.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const startMs = Date.UTC(2026, 7, 22, 14);
const hour = 3_600_000;

test("P10: FRED revises a print: the next revision of the same date, and flagged", async () => {
  const registry = registryOf(...macroSeries);
  const print = (fetchMs: number, value: string) => {
    const observations = [{ date: "2026-08-21", value }];
    const read = readRate(rates.DGS10, { units: "lin", observations }, fetchMs);
    if (!read.ok) throw new Error(read.error.detail);
    return says("fred.dgs10", fetchMs, { [rates.DGS10]: undefined }, read.value);
  };
  const turns = ["4.31", "4.31", "4.29"];
  for (const [i, value] of turns.entries()) {
    const nowMs = startMs + i * hour;
    await runOnce(database, registry, nowMs, [print(nowMs, value)]);
  }
  const { observation } = await published(database, rates.DGS10);
  expect(observation).toMatchObject({
    value: "4.29",
    revision: 2,
    round: 2n,
    qualities: [Quality.REVISED],
    observeTime: { seconds: BigInt(Date.UTC(2026, 7, 21) / 1000) },
  });
});

test("P17: an event is from the source that its series names first, whoever was quicker", async () => {
  const registry = registryOf(quakeSeries);
  const tell = async (source: string, minutes: number, magnitude: string | undefined) => {
    const nowMs = startMs + minutes * 60_000;
    const event = eventOf(quakeSeries.id, "x:1", startMs - hour, { magnitude });
    const said = says(
      source,
      nowMs,
      { [quakeSeries.id]: undefined },
      {
        events: magnitude === undefined ? [] : [event],
        complete: [{ series: quakeSeries.id, sinceMs: startMs - 2 * hour }],
      },
    );
    await runOnce(database, registry, nowMs, [said]);
    const { entry } = await published(database, quakeSeries.id);
    return entry?.events[0];
  };
  expect(await tell("b", 0, "7")).toMatchObject({ revision: 1, magnitude: "7", sources: ["b"] });
  const taken = { revision: 2, magnitude: "6.8", sources: ["a", "b"] };
  expect(await tell("a", 1, "6.8")).toMatchObject(taken);
  expect(await tell("b", 2, "7")).toMatchObject(taken);
  expect(await tell("b", 3, undefined)).toMatchObject(taken);
  expect(await tell("a", 4, undefined)).toMatchObject({
    revision: 3,
    status: Event_Status.RETRACTED,
  });
});
