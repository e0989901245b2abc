import { describe, expect, test } from "vitest";
import { describeAdapter, outcomeOf, readingOf } from "../../test/support/adapter.ts";
import { coingecko, readPrices } from "./coingecko.ts";

const nowMs = 1_785_000_200_000;
const eth = "market.price.eth.usd@v1";
const usdc = "market.price.usdc.usd@v1";
const source = coingecko({ url: "https://x", key: undefined });

/** What CoinGecko says of a coin. */
const entry = (changes: object = {}) => ({
  usd: 3412.77,
  usd_market_cap: 411e9,
  usd_24h_vol: 18e9,
  usd_24h_change: 2.11,
  last_updated_at: 1_785_000_049,
  ...changes,
});
const said = (changes: object = {}) => ({
  ethereum: entry(changes),
  "usd-coin": entry({ usd: 0.99981, last_updated_at: 1_785_000_055 }),
});

describeAdapter("CoinGecko", source, nowMs, {
  happy: {
    says: () => said(),
    check(outcome) {
      expect(readingOf(outcome, eth)).toEqual({
        series: eth,
        value: "3412.77",
        observeMs: 1_785_000_049_000,
        qualities: [],
      });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.99981" });
    },
  },
  "empty but valid": {
    says: () => ({}),
    check: (outcome) => expect(readingOf(outcome, eth)).toMatchObject({ value: undefined }),
  },
  "missing and null": {
    says: () => ({ ...said({ usd: null }), "usd-coin": null }),
    check(outcome) {
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: undefined });
    },
  },
  stale: {
    says: () => said({ last_updated_at: 1_784_900_000 }),
    check: (outcome) =>
      expect(readingOf(outcome, eth)).toMatchObject({ observeMs: 1_784_900_000_000 }),
  },
  "dated in the future": {
    says: () => said({ last_updated_at: 1_785_900_000 }),
    check: (outcome) =>
      expect(readingOf(outcome, eth)).toMatchObject({ observeMs: 1_785_900_000_000 }),
  },
  "an unknown enum": { none: "there is no enum in the answer" },
  "a string for a number": {
    says: () => said({ usd: "3412.77", last_updated_at: "1785000049" }),
    check: (outcome) =>
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined, observeMs: undefined }),
  },
  "revised and retracted": { none: "a price is followed by the next, never corrected" },
  duplicated: { none: "coins are the keys of an object" },
  "partial coverage": {
    says: () => ({ "usd-coin": entry({ usd: 0.99981 }) }),
    check(outcome) {
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined, observeMs: undefined });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.99981" });
    },
  },
});

describe("CoinGecko's own", () => {
  test.for<readonly [string, object, string | undefined, number | undefined]>([
    ["many digits", { usd: 0.1 + 0.2 }, "0.30000000000000004", 1_785_000_049_000],
    ["a small price", { usd: 1.5e-7 }, "0.00000015", 1_785_000_049_000],
    ["undated", { last_updated_at: undefined }, "3412.77", undefined],
    ["dated in milliseconds", { last_updated_at: 1_785_000_049_000 }, "3412.77", undefined],
  ])("%s", ([, changes, value, observeMs]) => {
    const read = readPrices(said(changes));
    expect(read.ok && read.value.readings.find(({ series }) => series === eth)).toMatchObject({
      value,
      observeMs,
    });
  });

  test("all coins are asked for at once, with the key in a header alone", async () => {
    const asked: [string, Headers][] = [];
    const keyed = coingecko({ url: "https://x", key: "secret-key" });
    if (!keyed.on) return expect.unreachable();
    await keyed.source.read(async ({ url, headers }) => {
      asked.push([url, new Headers(headers)]);
      return { ok: true, value: { json: said(), fetchMs: nowMs } };
    }, nowMs);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.[0]).toContain("ids=bitcoin,ethereum,usd-coin,tether,dai&");
    expect(asked[0]?.[0]).not.toContain("secret-key");
    expect(asked[0]?.[1].get("x-cg-demo-api-key")).toBe("secret-key");
  });

  test("P11: the calls of a month stay within the demo plan's", () => {
    const keyed = coingecko({ url: "https://x", key: "k" });
    if (!keyed.on) return expect.unreachable();
    expect((31 * 86_400_000) / keyed.source.periodMs).toBeLessThan(10_000);
    expect(31 * keyed.quota.perDay).toBeLessThan(10_000);
  });

  test("is off without an address, and says so", () => {
    expect(coingecko(undefined)).toMatchObject({ on: false, why: "COINGECKO_URL is not set" });
  });

  test("a failure never says the key", async () => {
    const keyed = coingecko({ url: "https://x", key: "secret-key" });
    const outcome = await outcomeOf(keyed, () => [], nowMs);
    expect(outcome.kind).toBe("failed");
    expect(JSON.stringify(outcome.kind === "failed" && outcome.failure)).not.toContain("secret");
  });
});
