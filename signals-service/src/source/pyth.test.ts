import fc from "fast-check";
import { formatUnits } from "viem";
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, outcomeOf, readingOf } from "../../test/support/adapter.ts";
import { pyth, readUpdates } from "./pyth.ts";
import type { AskRequest } from "./source.ts";

const nowMs = 1_785_000_100_000;
const usdc = "market.price.usdc.usd@v1";
const eth = "market.price.eth.usd@v1";
const usdcFeed = "eaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a";
const ethFeed = "ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace";
const source = pyth({ url: "https://x", key: "secret-key" });

/** What Hermes says of a feed. */
const update = (id: string, changes: object = {}) => ({
  id,
  price: { price: "99987654", conf: "61234", expo: -8, publish_time: 1_785_000_098, ...changes },
  ema_price: { price: "99991002", conf: "58821", expo: -8, publish_time: 1_785_000_098 },
  metadata: {
    slot: 305_542_333,
    proof_available_time: 1_785_000_100,
    prev_publish_time: 1_785_000_097,
  },
});
const answer = (...parsed: unknown[]) => ({
  binary: { encoding: "hex", data: ["504e4155"] },
  parsed,
});
const said = (changes: object = {}) => answer(update(usdcFeed, changes));

describeAdapter("Pyth", source, nowMs, {
  happy: {
    says: () => said(),
    check: (outcome) =>
      expect(readingOf(outcome, usdc)).toEqual({
        series: usdc,
        value: "0.99987654",
        low: "0.9992642",
        high: "1.00048888",
        observeMs: 1_785_000_098_000,
        qualities: [],
      }),
  },
  "empty but valid": {
    says: () => answer(),
    check: (outcome) => expect(readingOf(outcome, usdc)).toMatchObject({ value: undefined }),
  },
  "missing and null": {
    says: () => answer(update(usdcFeed, { price: null }), { id: ethFeed, price: null }, null),
    check(outcome) {
      expect(readingOf(outcome, usdc)).toMatchObject({ value: undefined });
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined });
    },
  },
  stale: {
    says: () => said({ publish_time: 1_785_000_039 }),
    check: (outcome) =>
      expect(readingOf(outcome, usdc)).toEqual({
        series: usdc,
        value: undefined,
        observeMs: 1_785_000_039_000,
        qualities: [Quality.STALE_CONTENT],
      }),
  },
  "dated in the future": {
    says: () => said({ publish_time: 1_785_900_000 }),
    check: (outcome) =>
      expect(readingOf(outcome, usdc)).toMatchObject({ observeMs: 1_785_900_000_000 }),
  },
  "an unknown enum": { none: "there is no enum in the answer" },
  "a string for a number": {
    // Prices are text here: a number is the stranger, and exponents are numbers.
    says: () => answer(update(usdcFeed, { price: 99_987_654 }), update(ethFeed, { expo: "-8" })),
    check(outcome) {
      expect(readingOf(outcome, usdc)).toMatchObject({ value: undefined });
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined });
    },
  },
  "revised and retracted": { none: "a price is followed by the next, never corrected" },
  duplicated: {
    says: () =>
      answer(
        update(usdcFeed, { price: "95000000", publish_time: 1_785_000_096 }),
        update(usdcFeed),
        update(usdcFeed, { price: "94000000", publish_time: 1_785_000_095 }),
      ),
    check: (outcome) => expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.99987654" }),
  },
  "partial coverage": {
    says: () => said(),
    check(outcome) {
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined, observeMs: undefined });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.99987654" });
    },
  },
});

const read = (changes: object) => {
  const result = readUpdates(said(changes), nowMs);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.readings.find(({ series }) => series === usdc);
};

describe("P9: Pyth's own doubts", () => {
  test.for<readonly [string, object, string | undefined, readonly Quality[]]>([
    ["an interval of a hundredth", { price: "100000000", conf: "1000000" }, "1", []],
    ["a wider one", { price: "100000000", conf: "1000001" }, undefined, [Quality.CONFLICTING]],
    ["no interval", { conf: null }, undefined, []],
    ["an interval of nothing", { conf: "0" }, undefined, []],
    ["a minute old", { publish_time: 1_785_000_040 }, "0.99987654", []],
    ["older", { publish_time: 1_785_000_039 }, undefined, [Quality.STALE_CONTENT]],
  ])("%s", ([, changes, value, qualities]) => {
    expect(read(changes)).toMatchObject({ value, qualities });
  });
});

describe("P3: Pyth's units", () => {
  test.for<readonly [string, object, object]>([
    ["another exponent", { price: "9998765", conf: "6123", expo: -7 }, { value: "0.9998765" }],
    ["a positive one", { price: "341", conf: "1", expo: 1 }, { value: "3410", high: "3420" }],
    ["an exponent of zero", { price: "3412", conf: "1", expo: 0 }, { value: "3412", low: "3411" }],
    [
      "more places than ours",
      { price: "99987654500", conf: "6", expo: -11 },
      { value: "0.999876545" },
    ],
    ["no exponent", { expo: null }, { value: undefined }],
    ["an absurd one", { expo: -2_147_483_648 }, { value: undefined }],
    ["half of one", { expo: -7.5 }, { value: undefined }],
    ["milliseconds for seconds", { publish_time: 1_785_000_098_000 }, { observeMs: undefined }],
    ["a price below zero", { price: "-99987654" }, { value: undefined }],
    ["a price of zero", { price: "0" }, { value: undefined }],
    ["a fraction", { price: "0.9998" }, { value: undefined }],
    ["too many digits", { price: "9".repeat(31) }, { value: undefined }],
  ])("%s", ([, changes, expected]) => {
    expect(read(changes)).toMatchObject(expected);
  });
});

test("P13: a price is its digits and exponent, exactly, in any order", () => {
  const price = fc.bigInt({ min: 10_000n, max: 10n ** 18n });
  fc.assert(
    fc.property(price, price, fc.nat(8), fc.boolean(), (a, b, places, turned) => {
      const of = (id: string, digits: bigint) =>
        update(id, { price: String(digits), conf: String(digits / 200n), expo: -places });
      const parsed = [of(usdcFeed, a), of(ethFeed, b)];
      const result = readUpdates(answer(...(turned ? parsed.reverse() : parsed)), nowMs);
      const values = new Map(result.ok ? result.value.readings.map((r) => [r.series, r]) : []);
      expect(values.get(usdc)).toMatchObject({
        value: formatUnits(a, places),
        low: formatUnits(a - a / 200n, places),
        high: formatUnits(a + a / 200n, places),
      });
      expect(values.get(eth)?.value).toBe(formatUnits(b, places));
    }),
  );
});

describe("the request", () => {
  test("asks for all feeds at once, with the key in a header alone", async () => {
    const asked: AskRequest[] = [];
    if (!source.on) return expect.unreachable();
    await source.source.read(async (request) => {
      asked.push(request);
      return { ok: true, value: { json: answer(), fetchMs: 0 } };
    }, nowMs);
    expect(asked).toHaveLength(1);
    const { searchParams, pathname } = new URL(asked[0]?.url ?? "");
    expect(pathname).toBe("/v2/updates/price/latest");
    expect(searchParams.getAll("ids[]")).toHaveLength(5);
    expect(asked[0]?.url).not.toContain("secret");
    expect(asked[0]?.headers).toEqual({ authorization: "Bearer secret-key" });
  });

  test("is off without its address or key, and says so", () => {
    expect(pyth(undefined)).toMatchObject({ on: false, why: "PYTH_URL is not set" });
    expect(pyth({ url: "https://x", key: undefined })).toMatchObject({
      on: false,
      why: "PYTH_KEY is not set",
    });
  });

  test("a failure never says the key", async () => {
    const outcome = await outcomeOf(source, () => ({ error: "secret-key" }), nowMs);
    expect(JSON.stringify(outcome.kind === "failed" && outcome.failure)).not.toContain("secret");
  });
});
