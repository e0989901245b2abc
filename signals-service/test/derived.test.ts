/** What follows from other series, from the database's own history, and what publishers say. */
import { durationFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Derivation_Function } from "#gen/signal/v1/derivation";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { Series_Kind, Unit } from "#gen/signal/v1/series";
import { type CustomReading, publishCustom } from "../src/ingest/custom.ts";
import { serviceSeries } from "../src/series/service.ts";
import { knownEvents } from "../src/store/event-store.ts";
import { inTransaction } from "../src/store/postgres.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { published } from "./support/published.ts";
import {
  eventOf,
  quakeSeries,
  registryOf,
  runOnce,
  says,
  seriesOf,
  testFeedKey,
} from "./support/run.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const startMs = 1_785_000_000_000;
const minute = 60_000;
const hour = 60 * minute;
const eth = seriesOf("market.price.eth.usd@v1");
const delta = seriesOf("market.price.eth.delta.1h@v1", {
  derivation: {
    series: eth.id,
    function: Derivation_Function.DELTA,
    window: durationFromMs(hour),
  },
});
const count = seriesOf("natural.quake.count.1h@v1", {
  kind: Series_Kind.COUNTER,
  unit: Unit.COUNT,
  decimals: 0,
  derivation: {
    series: quakeSeries.id,
    function: Derivation_Function.COUNT,
    window: durationFromMs(hour),
  },
});

test("a change over an hour comes from our own history, and is in no hurry to begin", async () => {
  const registry = registryOf(eth, delta);
  const seen: (string | undefined)[] = [];
  for (let i = 0; i <= 62; i++) {
    const atMs = startMs + i * minute;
    await runOnce(database, registry, atMs, [says("a", atMs, { [eth.id]: String(1000 + i) })]);
    seen.push((await published(database, delta.id)).observation?.value);
  }
  expect(seen.slice(0, 60)).toEqual(Array(60).fill(undefined));
  expect(seen.slice(60)).toEqual(["60", "60", "60"]);
  const { observation } = await published(database, delta.id);
  expect(observation).toMatchObject({ sources: ["a"], qualities: [] });
});

test("a change rests on no value that was too old at its time", async () => {
  const registry = registryOf(eth, delta);
  const tell = (atMs: number, value: string) =>
    runOnce(database, registry, atMs, [says("a", atMs, { [eth.id]: value })]);
  await tell(startMs, "1000");
  await tell(startMs + hour + 14 * minute, "1010");
  expect((await published(database, delta.id)).observation?.value).toBe("10");
  await tell(startMs + hour + 16 * minute, "1011");
  const { observation } = await published(database, delta.id);
  expect(observation?.qualities).toEqual([Quality.WARMUP, Quality.UNAVAILABLE]);
});

describe("P10: an event that is corrected and taken back", () => {
  const tell = (n: number, magnitudes: Readonly<Record<string, string>>) => {
    const atMs = startMs + n * minute;
    const events = Object.entries(magnitudes).map(([id, magnitude]) =>
      eventOf(quakeSeries.id, id, startMs - 1000, { magnitude }),
    );
    const complete = [{ series: quakeSeries.id, sinceMs: atMs - 2 * hour }];
    const said = says("a", atMs, {}, { series: [quakeSeries.id], events, complete });
    return runOnce(database, registryOf(quakeSeries, count), atMs, [said]);
  };

  test("leaves all its revisions, counts no longer, and may come again", async () => {
    const counts: (string | undefined)[] = [];
    const states: Record<string, string>[] = [
      { a: "7.4", b: "6" },
      { a: "6.1", b: "6" },
      { b: "6" },
      { a: "6.1", b: "6" },
    ];
    for (const [n, magnitudes] of states.entries()) {
      await tell(n, magnitudes);
      counts.push((await published(database, count.id)).observation?.value);
    }
    expect(counts).toEqual(["2", "2", "1", "2"]);
    const { snapshot } = await published(database);
    const a = snapshot.events.find(({ id }) => id === "a");
    expect(a).toMatchObject({ revision: 4, status: Event_Status.UPDATED, magnitude: "6.1" });
    const rows = await database.open((sql) =>
      sql<{ revision: number }>(
        "SELECT revision FROM event_revision WHERE id = 'a' ORDER BY revision",
      ),
    );
    expect(rows.map(({ revision }) => revision)).toEqual([1, 2, 3, 4]);
  });

  test("P17: told again after a long silence, it is the event that it was", async () => {
    await tell(0, { a: "7" });
    await tell(60 * 24 * 40, { a: "7" });
    const known = await database.open((sql) => knownEvents(sql, 0, []));
    const events = known.map(({ event }) => event);
    expect(events.map(({ id, revision, status }) => [id, revision, status])).toEqual([
      ["a", 2, Event_Status.CLOSED],
    ]);
  });
});

test("the publisher says that it lives, and how much of each domain is fit", async () => {
  const btc = seriesOf("market.price.btc.usd@v1");
  const registry = registryOf(eth, btc, quakeSeries, ...serviceSeries([eth, btc, quakeSeries]));
  const said = says("a", startMs, { [eth.id]: "1" });
  await runOnce(database, registry, startMs, [said]);
  const of = async (id: string) => (await published(database, id)).observation;
  expect((await of("svc.heartbeat@v1"))?.value).toBeUndefined();
  expect(await of("svc.coverage.market@v1")).toMatchObject({ value: "0.5", qualities: [] });
  expect(await of("svc.coverage.natural@v1")).toMatchObject({ value: "0", qualities: [] });
  await runOnce(database, registry, startMs + 61_500, []);
  expect(await of("svc.heartbeat@v1")).toMatchObject({ value: "61.5", sources: ["metavault"] });
});

describe("a publisher's series", () => {
  const custom = seriesOf("custom.acme.nav@v1", {
    publisherKeyId: "ed25519:x",
    sources: [],
    decimals: 4,
    max: "1000",
  });
  const registry = registryOf(eth, custom);
  const publish = async (nowMs: number, changes: Partial<CustomReading> = {}) => {
    const reading = {
      series: custom.id,
      value: "1.25",
      observeMs: nowMs,
      confidenceBps: 9000,
      ...changes,
    };
    const evidence = new Uint8Array(32).fill(7);
    const deps = { registry, feedKey: await testFeedKey(), periodMs: minute, nowMs, evidence };
    return database.open((sql) => inTransaction(sql, () => publishCustom(sql, [reading], deps)));
  };

  test("is judged like any other and published at once", async () => {
    const first = await publish(startMs);
    expect(first).toMatchObject({ ok: true, value: [{ value: "1.25", round: 1n, qualities: [] }] });
    const { observation, round } = await published(database, custom.id);
    expect(round).toBe(1n);
    expect(observation).toMatchObject({ value: "1.25", sources: ["publisher"] });
    const second = await publish(startMs + 1, { value: "1001" });
    const out = { round: 2n, qualities: [Quality.OUT_OF_BOUNDS, Quality.UNAVAILABLE] };
    expect(second).toMatchObject({ ok: true, value: [out] });
    expect((await published(database)).round).toBe(2n);
  });

  test("two requests of one millisecond are two", async () => {
    await publish(startMs, { observeMs: startMs - 2 });
    const second = await publish(startMs, { observeMs: startMs - 1, value: "1.26" });
    expect(second).toMatchObject({ ok: true, value: [{ value: "1.26", round: 2n }] });
  });

  test("goes stale like any other when nobody publishes", async () => {
    await publish(startMs);
    await runOnce(database, registry, startMs + 5 * minute + 1, []);
    const { observation } = await published(database, custom.id);
    expect(observation?.qualities).toEqual([Quality.STALE_TRANSPORT, Quality.UNAVAILABLE]);
    expect(observation?.fetchTime && timestampMs(observation.fetchTime)).toBe(startMs);
  });

  test.each<readonly [string, Partial<CustomReading>, string]>([
    ["a series of ours", { series: eth.id }, "NOT_FOUND"],
    ["no series", { series: "custom.no@v1" }, "NOT_FOUND"],
    ["too many decimals", { value: "1.23456" }, "FIELD_INVALID"],
    ["P16: a time more than five minutes ahead", { observeMs: startMs + 301_001 }, "FIELD_INVALID"],
    ["a time that was told already", { observeMs: startMs }, "FIELD_INVALID"],
  ])("takes no %s", async (_, changes, reason) => {
    await publish(startMs);
    const answer = await publish(startMs + 1000, changes);
    expect(answer).toMatchObject({ ok: false, error: { reason } });
    expect((await published(database)).round).toBe(1n);
  });
});
