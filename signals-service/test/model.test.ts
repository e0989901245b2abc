/** Random runs on a real PostgreSQL against a model in memory. */
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Derivation_Function } from "#gen/signal/v1/derivation";
import { Quality } from "#gen/signal/v1/observation";
import { Series_Aggregation, Series_Kind, Unit } from "#gen/signal/v1/series";
import { lastRounds } from "../src/store/observation-store.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { createModel, type Saying, type Turn } from "./support/model.ts";
import { published } from "./support/published.ts";
import { eventOf, quakeSeries, registryOf, runOnce, says, seriesOf } from "./support/run.ts";

const day = 86_400_000;
const startMs = 1_785_000_000_000;
const price = seriesOf("market.price.eth.usd@v1", {
  aggregation: Series_Aggregation.MEDIAN,
  decimals: 2,
  sources: ["a", "b", "c"],
  minSources: 3,
});
const count = seriesOf("natural.quake.count.24h@v1", {
  kind: Series_Kind.COUNTER,
  unit: Unit.COUNT,
  decimals: 0,
  maxTransportAge: durationFromMs(30 * day),
  maxContentAge: durationFromMs(30 * day),
  derivation: {
    series: quakeSeries.id,
    function: Derivation_Function.COUNT,
    window: durationFromMs(day),
  },
});
/** Its events count however long no source was read: the model has no ages for them. */
const quakes = seriesOf(quakeSeries.id, {
  ...quakeSeries,
  maxTransportAge: durationFromMs(30 * day),
  maxContentAge: durationFromMs(30 * day),
});
const registry = registryOf(price, count, quakes);

const saying: fc.Arbitrary<Saying> = fc.record({
  source: fc.constantFrom("a", "b", "c"),
  cents: fc.option(fc.integer({ min: 1, max: 99_999 }), { freq: 5 }),
  contentAgeMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.constantFrom(600_000, 900_001)),
  readAgeMs: fc.integer({ min: 0, max: 30_000 }),
  quakes: fc.dictionary(fc.constantFrom("1", "2", "3"), fc.integer({ min: 5, max: 7 })),
});
const turn: fc.Arbitrary<Turn> = fc.record({
  waitMs: fc.constantFrom(0, 1000, 60_000, 299_000, 301_000),
  sayings: fc.uniqueArray(saying, { selector: ({ source }) => source, maxLength: 3 }),
});

const toldBy = (one: Saying, nowMs: number) => {
  const fetchMs = nowMs - one.readAgeMs;
  const value = one.cents === null ? undefined : String(one.cents / 100);
  const observeMs = fetchMs - one.contentAgeMs;
  return says(
    one.source,
    fetchMs,
    {},
    {
      series: [price.id, quakes.id],
      readings: [{ series: price.id, value, observeMs, qualities: [] }],
      events: Object.entries(one.quakes).map(([number, magnitude]) =>
        eventOf(quakes.id, `${one.source}:${number}`, startMs - 1000, {
          magnitude: String(magnitude),
        }),
      ),
      complete: [{ series: quakes.id, sinceMs: startMs - 2 * day }],
    },
  );
};

async function check(database: TestDatabase, turns: readonly Turn[]): Promise<void> {
  const model = createModel();
  let nowMs = startMs;
  let heard = false;
  for (const one of turns) {
    nowMs += one.waitMs;
    const told = one.sayings.map((saying) => toldBy(saying, nowMs));
    const { round } = await runOnce(database, registry, nowMs, told);
    const expected = model.play(one, nowMs);
    heard ||= told.length > 0;
    const rounds = await database.open((sql) => lastRounds(sql, 1000));
    const latest = rounds.get(price.id)?.[0];
    expect(latest?.value).toBe(expected.value);
    expect(latest?.qualities.includes(Quality.UNAVAILABLE)).toBe(expected.value === undefined);
    if (expected.value !== undefined) expect(latest?.sources.join("")).toBe(expected.sources);
    const { revisions, standing } = model.quakes();
    const counted = rounds.get(count.id)?.[0]?.value;
    expect(counted).toBe(heard ? String(standing) : undefined);
    for (const all of rounds.values()) {
      const numbers = all.map((observation) => Number(observation.round));
      expect(numbers).toEqual(numbers.map((_, i) => numbers.length - i));
    }
    const { round: last, snapshot } = await published(database);
    expect(last).toBe(round);
    const known = Object.fromEntries(snapshot.events.map((event) => [event.id, event.revision]));
    expect(known).toEqual(revisions);
  }
}

test("200 random runs do what a model in memory does", async () => {
  const turns = fc.array(turn, { minLength: 10, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(turns, async (all) => {
      const database = await createDatabase();
      try {
        await check(database, all);
      } finally {
        await database.drop();
      }
    }),
    { numRuns: 20 },
  );
});
