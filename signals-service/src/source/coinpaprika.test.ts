import { describe, expect, test } from "vitest";
import { describeAdapter, readingOf } from "../../test/support/adapter.ts";
import { coinpaprika } from "./coinpaprika.ts";
import type { AskRequest } from "./source.ts";

const nowMs = 1_785_000_200_000;
const btc = "market.price.btc.usd@v1";
const usdc = "market.price.usdc.usd@v1";
const source = coinpaprika({ url: "https://x", key: undefined });

/** A ticker. */
const row = (id: string, price: unknown, changes: object = {}) => ({
  id,
  name: "Bitcoin",
  symbol: "BTC",
  rank: 1,
  total_supply: 19_883_231,
  max_supply: 21_000_000,
  beta_value: 0.879448,
  first_data_at: "2010-07-17T00:00:00Z",
  last_updated: "2026-07-25T17:21:40Z",
  quotes: {
    USD: {
      price,
      volume_24h: 23_175_936_198.924427,
      market_cap: 2_129_051_326_372,
      ath_price: null,
    },
  },
  ...changes,
});
const bitcoin = (price: unknown, changes: object = {}) => row("btc-bitcoin", price, changes);
const said = (price: unknown, changes: object = {}) => [
  bitcoin(price, changes),
  row("usdc-usd-coin", 0.9998),
  row("doge-dogecoin", 0.1),
];
const updatedMs = Date.UTC(2026, 6, 25, 17, 21, 40);

describeAdapter("CoinPaprika", source, nowMs, {
  happy: {
    says: () => said(96_077.69661924685),
    check(outcome) {
      expect(readingOf(outcome, btc)).toEqual({
        series: btc,
        value: "96077.69661924685",
        observeMs: updatedMs,
        qualities: [],
      });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.9998" });
    },
  },
  "empty but valid": {
    says: () => [],
    check: (outcome) => expect(readingOf(outcome, btc)).toMatchObject({ value: undefined }),
  },
  "missing and null": {
    says: () => [bitcoin(null), row("usdc-usd-coin", 1, { quotes: {} }), null],
    check(outcome) {
      expect(readingOf(outcome, btc)).toMatchObject({ value: undefined });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: undefined });
    },
  },
  stale: {
    says: () => said(96_000, { last_updated: "2026-07-24T00:00:00Z" }),
    check: (outcome) =>
      expect(readingOf(outcome, btc)).toMatchObject({ observeMs: Date.UTC(2026, 6, 24) }),
  },
  "dated in the future": {
    says: () => said(96_000, { last_updated: "2027-07-24T00:00:00Z" }),
    check: (outcome) =>
      expect(readingOf(outcome, btc)).toMatchObject({ observeMs: Date.UTC(2027, 6, 24) }),
  },
  "an unknown enum": { none: "there is no enum in the answer" },
  "a string for a number": {
    says: () => said("96000"),
    check: (outcome) => expect(readingOf(outcome, btc)).toMatchObject({ value: undefined }),
  },
  "revised and retracted": { none: "a price is followed by the next, never corrected" },
  duplicated: {
    says: () => [
      bitcoin(95_000, { last_updated: "2026-07-25T17:11:40Z" }),
      bitcoin(96_000),
      bitcoin(94_000, { last_updated: "2026-07-25T17:01:40Z" }),
    ],
    check: (outcome) => expect(readingOf(outcome, btc)).toMatchObject({ value: "96000" }),
  },
  "partial coverage": {
    says: () => [row("usdc-usd-coin", 0.9998)],
    check(outcome) {
      expect(readingOf(outcome, btc)).toMatchObject({ value: undefined, observeMs: undefined });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.9998" });
    },
  },
});

describe("CoinPaprika's own", () => {
  test.for<readonly [string, unknown]>([
    ["of another zone", "2026-07-25T17:21:40+02:00"],
    ["in seconds", 1_785_000_100],
    ["null", null],
  ])("a time %s is no time", async ([, last_updated]) => {
    const asked = coinpaprika({ url: "https://x", key: undefined });
    if (!asked.on) return expect.unreachable();
    const json = said(96_000, { last_updated });
    const read = await asked.source.read(
      async () => ({ ok: true, value: { json, fetchMs: 0 } }),
      0,
    );
    const found = read.ok && read.value.readings.find(({ series }) => series === btc);
    expect(found).toMatchObject({ observeMs: undefined });
  });

  test("all coins are asked for at once, with the key in a header alone", async () => {
    const asked: AskRequest[] = [];
    const keyed = coinpaprika({ url: "https://x", key: "secret-key" });
    if (!keyed.on) return expect.unreachable();
    await keyed.source.read(async (request) => {
      asked.push(request);
      return { ok: true, value: { json: [], fetchMs: 0 } };
    }, nowMs);
    expect(asked).toEqual([
      { url: "https://x/v1/tickers?quotes=USD", headers: { authorization: "secret-key" } },
    ]);
  });

  test("P11: the calls of a month stay within the free plan's", () => {
    if (!source.on) return expect.unreachable();
    expect((31 * 86_400_000) / source.source.periodMs).toBeLessThan(20_000);
    expect(31 * source.quota.perDay).toBeLessThan(20_000);
  });

  test("is off without an address, and says so", () => {
    expect(coinpaprika(undefined)).toMatchObject({ on: false, why: "COINPAPRIKA_URL is not set" });
  });
});
