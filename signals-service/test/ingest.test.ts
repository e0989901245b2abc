/** What becomes of what sources say, through a whole run on a real PostgreSQL. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { Series_Aggregation, Series_LicenceClass, Unit } from "#gen/signal/v1/series";
import { readPrices } from "../src/source/coingecko.ts";
import { listObservations } from "../src/store/history-store.ts";
import { readPublication } from "../src/store/publication-store.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { published } from "./support/published.ts";
import { registryOf, runOnce, says, seriesOf } from "./support/run.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const startMs = 1_785_000_000_000;
const minute = 60_000;
const eth = seriesOf("market.price.eth.usd@v1");
const id = eth.id;

const roundsOf = (series: string) =>
  database.open((sql) =>
    listObservations(sql, {
      series,
      startMs: 0,
      endMs: Number.MAX_SAFE_INTEGER,
      limit: 1000,
    }),
  );
const latestOf = async (series: string) => (await roundsOf(series))[0];

test("P1: a price of null is published as unavailable, never as zero", async () => {
  const answer = (usd: number | null) => {
    const read = readPrices({ ethereum: { usd, last_updated_at: startMs / 1000 } });
    if (!read.ok) throw new Error(read.error.detail);
    return says("a", startMs + (usd === null ? minute : 0), { [id]: "1" }, { ...read.value });
  };
  await runOnce(database, registryOf(eth), startMs, [answer(2500)]);
  await runOnce(database, registryOf(eth), startMs + minute, [answer(null)]);
  const { observation } = await published(database, id);
  expect(observation).toMatchObject({ round: 2n, qualities: [Quality.UNAVAILABLE] });
  expect(observation?.value).toBeUndefined();
  expect((await roundsOf(id)).map(({ value }) => value)).toEqual([undefined, "2500"]);
});

describe("P3: a unit never changes within a series", () => {
  test.each([
    ["unit", { unit: Unit.RATIO }],
    ["decimals", { decimals: 2 }],
  ])("%s", async (_, changes) => {
    const other = seriesOf("market.price.btc.usd@v1");
    const both = (fetchMs: number, value: string) => [
      says("a", fetchMs, { [id]: value, [other.id]: value }),
    ];
    await runOnce(database, registryOf(eth, other), startMs, both(startMs, "1"));
    const nextMs = startMs + minute;
    const changed = registryOf(seriesOf(id, changes), other);
    const report = await runOnce(database, changed, nextMs, both(nextMs, "2"));
    expect(report.refused).toEqual([id]);
    expect((await latestOf(id))?.value).toBe("1");
    expect((await latestOf(other.id))?.value).toBe("2");
    const lines = await database.open(readPublication);
    expect([...(lines?.entries.keys() ?? [])]).toEqual([other.id]);
  });
});

describe("P4: a source that stops, or whose content doesn't move, is not fresh", () => {
  test("what failed keeps its old dates, and is gone when they are too old", async () => {
    const registry = registryOf(eth);
    await runOnce(database, registry, startMs, [says("a", startMs, { [id]: "2500" })]);
    await runOnce(database, registry, startMs + 5 * minute, []);
    const old = (await published(database, id)).observation;
    expect(old).toMatchObject({ value: "2500", round: 1n, qualities: [] });
    expect(old?.fetchTime?.seconds).toBe(BigInt(startMs / 1000));
    await runOnce(database, registry, startMs + 5 * minute + 1, []);
    const gone = (await published(database, id)).observation;
    expect(gone?.value).toBeUndefined();
    expect(gone?.qualities).toEqual([Quality.STALE_TRANSPORT, Quality.UNAVAILABLE]);
    expect(gone?.fetchTime).toEqual(old?.fetchTime);
    expect(gone?.observeTime).toEqual(old?.observeTime);
  });

  test("content that doesn't move ends as such, however often it is read", async () => {
    const registry = registryOf(eth);
    const still = (fetchMs: number) =>
      says(
        "a",
        fetchMs,
        { [id]: "2500" },
        {
          readings: [{ series: id, value: "2500", observeMs: startMs, qualities: [] }],
        },
      );
    for (let at = startMs; at <= startMs + 16 * minute; at += minute) {
      await runOnce(database, registry, at, [still(at)]);
    }
    const rounds = await roundsOf(id);
    expect(rounds.map(({ value }) => value)).toEqual([undefined, "2500"]);
    expect(rounds[0]?.qualities).toEqual([Quality.STALE_CONTENT, Quality.UNAVAILABLE]);
  });

  test("a series without data says so, once", async () => {
    const registry = registryOf(eth);
    for (let i = 0; i < 3; i++) await runOnce(database, registry, startMs + i * minute, []);
    const rounds = await roundsOf(id);
    expect(rounds).toHaveLength(1);
    expect(rounds[0]?.qualities).toEqual([Quality.UNAVAILABLE]);
    expect(rounds[0]?.fetchTime).toBeUndefined();
  });
});

test("P9: three sources make a median, and one alone says that it is alone", async () => {
  const median = seriesOf(id, {
    aggregation: Series_Aggregation.MEDIAN,
    minSources: 3,
    maxSpread: "50",
    sources: ["a", "b", "c"],
  });
  const registry = registryOf(median);
  const of = (source: string, value: string, fetchMs = startMs) =>
    says(source, fetchMs, { [id]: value });
  await runOnce(database, registry, startMs, [of("a", "2500")]);
  expect((await latestOf(id))?.qualities).toEqual([Quality.SINGLE_SOURCE]);
  await runOnce(database, registry, startMs + 1, [of("b", "2501"), of("c", "9000")]);
  expect(await latestOf(id)).toMatchObject({
    value: "2501",
    low: "2500",
    high: "9000",
    sources: ["a", "b", "c"],
    qualities: [Quality.CONFLICTING],
  });
});

test("P12: an internal series is stored and never published", async () => {
  const internal = seriesOf(id, { licenceClass: Series_LicenceClass.INTERNAL });
  await runOnce(database, registryOf(internal), startMs, [says("a", startMs, { [id]: "1" })]);
  expect((await latestOf(id))?.value).toBe("1");
  const { entry, snapshot } = await published(database, id);
  expect(entry).toBeUndefined();
  expect([...snapshot.series, ...snapshot.observations]).toEqual([]);
});
