/** What holds for every source of prices, judged by the series that they feed. */
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import type { Result } from "#protocol/result";
import { judgeReading } from "../normalise/observation.ts";
import { marketSeries, pegOf, priceOf } from "../series/market.ts";
import { createCatalog } from "./catalog/catalog.ts";
import { priceSources } from "./catalog/prices.ts";
import { readRounds } from "./chainlink.ts";
import { readPrices } from "./coingecko.ts";
import { readTickers } from "./coinpaprika.ts";
import { readUpdates } from "./pyth.ts";
import type { AskFailure, SourceReadings } from "./source.ts";

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
      const said = { price, conf: "61234", expo: -8, publish_time: 1_785_000_098 };
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

function judge(name: string, usd: number | null) {
  const read = saying[name]?.(usd);
  const reading = read?.ok && read.value.readings.find(({ series }) => series === priceOf.usdc);
  const series = marketSeries.find(({ id }) => id === priceOf.usdc);
  if (!reading || series === undefined) throw new Error("no reading");
  return judgeReading(reading, series, "0.9998", nowMs);
}

test("all sources of prices are among these", () => {
  const settings = {} as Parameters<typeof priceSources>[0];
  const ids = priceSources(settings).map((one) => (one.on ? one.source.id : one.id));
  expect(ids.sort()).toEqual(Object.keys(saying).sort());
});

describe.each(Object.keys(saying))("%s", (name) => {
  test("a price is a price", () => {
    expect(judge(name, 0.9949)).toMatchObject({ value: "0.9949", qualities: [] });
  });

  test("P1: a price of null never becomes zero or a depeg", () => {
    expect(judge(name, null)).toMatchObject({
      value: undefined,
      qualities: [Quality.UNAVAILABLE],
    });
  });

  test("P1: a price of zero is none", () => {
    const { value, qualities } = judge(name, 0);
    expect(value).toBeUndefined();
    expect(qualities).toContain(Quality.UNAVAILABLE);
  });

  test("P3: a price in cents is out of bounds, not a premium", () => {
    const { value, qualities } = judge(name, 99.98);
    expect(value).toBeUndefined();
    expect(qualities).toContain(Quality.OUT_OF_BOUNDS);
  });
});

test.each(["btc", "eth"] as const)("P3: a price of %s in cents is out of bounds", (coin) => {
  const series = marketSeries.find(({ id }) => id === priceOf[coin]);
  if (series === undefined) return expect.unreachable();
  const value = { btc: "9600000", eth: "250000" }[coin];
  const reading = { series: series.id, value, observeMs: nowMs, qualities: [] };
  expect(judgeReading(reading, series, undefined, nowMs)).toMatchObject({
    value: undefined,
    qualities: [Quality.OUT_OF_BOUNDS, Quality.UNAVAILABLE],
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
