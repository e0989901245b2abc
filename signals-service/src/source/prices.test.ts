/** What holds for every source of prices, judged by the series that they feed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import type { Result } from "#protocol/result";
import { aggregate } from "../aggregate/aggregate.ts";
import { readDecimal } from "../normalise/decimal.ts";
import { judgeReading } from "../normalise/reading.ts";
import { marketSeries, pegOf, priceOf } from "../series/market.ts";
import { createCatalog } from "./catalog/catalog.ts";
import { priceSources } from "./catalog/prices.ts";
import { readRounds } from "./chainlink.ts";
import { readPrices } from "./coingecko.ts";
import { readTickers } from "./coinpaprika.ts";
import { readUpdates } from "./pyth.ts";
import type { AskFailure, Reading, SourceReadings } from "./source.ts";

const nowMs = 1_785_000_100_000;
const word = (value: bigint) => value.toString(16).padStart(64, "0");

/** Each source as it says that one USDC costs so much, in its own units. `null`: it has no price. */
const saying: Readonly<Record<string, (usd: number | null) => Result<SourceReadings, AskFailure>>> =
  {
    coingecko: (usd) => readPrices({ "usd-coin": { usd, last_updated_at: 1_785_000_055 } }),
    coinpaprika: (usd) =>
      readTickers([
        {
          id: "usdc-usd-coin",
          last_updated: "2026-07-25T17:21:40Z",
          quotes: { USD: { price: usd } },
        },
      ]),
    pyth(usd) {
      const price = usd === null ? null : String(Math.round(usd * 1e8));
      const id = "eaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a";
      const conf = usd === null ? null : String(Math.ceil(usd * 1e4));
      const said = { price, conf, expo: -8, publish_time: 1_785_000_098 };
      return readUpdates({ parsed: [{ id, price: said }] }, nowMs);
    },
    chainlink(usd) {
      const answer =
        usd === null ? "" : [1n, BigInt(Math.round(usd * 1e8)), 0n, 1_785_000_049n, 1n];
      const result = answer === "" ? null : `0x${answer.map(word).join("")}`;
      const batch = [
        { id: 0, result: `0x${word(8n)}` },
        { id: 1, result },
      ];
      return readRounds(batch, [priceOf.usdc]);
    },
  };

function readingOf(name: string, usd: number | null): Reading {
  const read = saying[name]?.(usd);
  const reading = read?.ok && read.value.readings.find(({ series }) => series === priceOf.usdc);
  if (!reading) throw new Error("no reading");
  return reading;
}

function seriesOf(id: string): Series {
  const series = marketSeries.find((one) => one.id === id);
  if (series === undefined) throw new Error("no series");
  return series;
}

function judge(reading: Reading, source = "any") {
  const from = { source, fetchMs: nowMs, evidence: new Uint8Array(32) };
  return judgeReading(reading, seriesOf(reading.series), from);
}

/** The price of one USDC when each source says what it says. */
function priceWhen(says: Readonly<Record<string, number | null>>) {
  const readings = Object.entries(says).map(([name, usd]) => judge(readingOf(name, usd), name));
  return aggregate(seriesOf(priceOf.usdc), readings, nowMs);
}

test("all sources of prices are among these", () => {
  const settings = {} as Parameters<typeof priceSources>[0];
  const ids = priceSources(settings).map((one) => (one.on ? one.source.id : one.id));
  expect(ids.sort()).toEqual(Object.keys(saying).sort());
});

describe.each(Object.keys(saying))("%s", (name) => {
  test("a price is a price", () => {
    expect(judge(readingOf(name, 0.9949))).toMatchObject({ value: "0.9949", qualities: [] });
  });

  test("P1: a price of null never becomes zero or a depeg", () => {
    expect(readingOf(name, null)).toMatchObject({ value: undefined });
    expect(judge(readingOf(name, null)).value).toBeUndefined();
  });

  test("P1: a price of zero is none", () => {
    expect(judge(readingOf(name, 0)).value).toBeUndefined();
  });

  test("P3: a price in cents is out of bounds, not a premium", () => {
    const { value, qualities } = judge(readingOf(name, 99.98));
    expect(value).toBeUndefined();
    expect(qualities).toContain(Quality.OUT_OF_BOUNDS);
  });
});

test.each([
  [priceOf.btc, "9600000"],
  [priceOf.eth, "250000"],
])("P3: %s in cents is out of bounds", (series, value) => {
  const judged = judge({ series, value, observeMs: nowMs, qualities: [] });
  expect(judged.value).toBeUndefined();
  expect(judged.qualities).toContain(Quality.OUT_OF_BOUNDS);
});

describe("P9: a price of several sources", () => {
  test("is their median", () => {
    const says = { coingecko: 0.9998, coinpaprika: 0.9996, pyth: 0.9997, chainlink: 1.0001 };
    expect(priceWhen(says)).toMatchObject({ value: "0.99975", qualities: [] });
  });

  test("is moved by no single one, whatever it says", () => {
    const names = Object.keys(saying);
    const honest = { coingecko: 0.9998, coinpaprika: 0.9996, pyth: 0.9997, chainlink: 1.0001 };
    const lie = fc.oneof(
      // Floats drawn as such are next to zero nearly always.
      fc.integer({ min: 0, max: 6_000_000 }).map((millionths) => millionths / 1e6),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), lie, (liar, usd) => {
        const { value, qualities } = priceWhen({ ...honest, [liar]: usd });
        const units = readDecimal(value ?? "") ?? expect.unreachable();
        expect(units >= (readDecimal("0.9996") ?? 0n)).toBe(true);
        expect(units <= (readDecimal("1.0001") ?? 0n)).toBe(true);
        // And who looks is told: a lie that counts at all is out of the spread, or harmless.
        const counts = usd !== null && usd >= 0.001 && usd <= 5;
        const isFar = counts && Math.abs(usd - 0.9998) > 0.021;
        expect(isFar && !qualities.includes(Quality.CONFLICTING)).toBe(false);
      }),
    );
  });

  test("of one alone is flagged, of none is missing", () => {
    expect(priceWhen({ pyth: 0.9998 }).qualities).toEqual([Quality.SINGLE_SOURCE]);
    expect(priceWhen({ pyth: 0.9998, chainlink: null })).toMatchObject({
      value: "0.9998",
      qualities: [Quality.SINGLE_SOURCE],
    });
    expect(priceWhen({ pyth: null, chainlink: null })).toMatchObject({
      value: undefined,
      qualities: [Quality.UNAVAILABLE],
    });
  });

  test("of two that lie far apart is a conflict", () => {
    expect(priceWhen({ pyth: 0.9998, coingecko: 0.9 }).qualities).toEqual([Quality.CONFLICTING]);
  });
});

describe("the series of markets", () => {
  const off = createCatalog({} as Parameters<typeof createCatalog>[0]);
  test.each(Object.values(priceOf))("P9: %s rests on two sources at least", (id) => {
    const series = marketSeries.find((one) => one.id === id);
    expect(series?.minSources).toBeGreaterThanOrEqual(2);
    expect(series?.maxSpread).not.toBe("");
    expect(series?.zeroIsValid).toBe(false);
  });

  test("name sources that say that they feed them", () => {
    for (const series of marketSeries.filter(({ derivation }) => derivation === undefined)) {
      const feeding = off.flatMap((one) =>
        !one.on && one.series.includes(series.id) ? one.id : [],
      );
      expect(series.sources).toEqual(expect.arrayContaining(feeding));
    }
  });

  test.each(Object.entries(pegOf))("a peg of %s follows from its price", (coin, id) => {
    const series = marketSeries.find((one) => one.id === id);
    expect(series?.derivation).toMatchObject({
      series: priceOf[coin as keyof typeof pegOf],
      reference: "1",
    });
  });
});
