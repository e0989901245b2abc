import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  eth,
  feed,
  market,
  pricesMs as nowMs,
  readingsOf,
  usdc,
} from "../../test/support/prices.ts";
import { defaultPriceRule, type PriceReading, type PriceRule } from "./price.ts";
import { usdPrice, worthMicroUsd } from "./worth.ts";

const one = 10n ** 18n;

function worth(readings: readonly PriceReading[], amount = one, rule: Partial<PriceRule> = {}) {
  const whole = { ...defaultPriceRule, ...rule };
  const asset = readings[0]?.asset ?? eth;
  const answer = worthMicroUsd(asset, amount, readingsOf(...readings), whole, nowMs);
  return answer.ok ? answer.value.microUsd : answer.error.metadata.cause;
}

const b = { group: "b" };
const staleQuote = (() => {
  const { market: own, ...rest } = market(2500);
  return { ...rest, market: own && { ...own, quoteMaxAgeMs: 1000, quoteAtMs: nowMs - 1001 } };
})() as PriceReading;

describe("what one ether is worth", () => {
  test.each<readonly [string, readonly PriceReading[], bigint | string]>([
    ["the highest price counts", [feed(eth, 2500), market(2550)], 2_550_000_000n],
    ["one group is not enough", [feed(eth, 2500), feed(eth, 2501)], "missing"],
    ["nothing is known", [], "missing"],
    ["too far apart", [feed(eth, 2500), market(2576)], "deviation"],
    [
      "a third within reach does not help",
      [feed(eth, 2500), market(2510), feed(eth, 3000, b)],
      "deviation",
    ],
    [
      "a stale third does not hurt",
      [feed(eth, 2500), market(2510), feed(eth, 3000, { ...b, atMs: 1 })],
      2_510_000_000n,
    ],
    [
      "a third of nothing does not hurt",
      [feed(eth, 2500), market(2510), feed(eth, 0, b)],
      2_510_000_000n,
    ],
    ["a stale one leaves too few", [feed(eth, 2500), market(2510, { atMs: 1 })], "stale"],
    ["a time that has not come", [feed(eth, 2500), market(2510, { atMs: nowMs * 2 })], "stale"],
    ["a market's quote that is stale", [feed(eth, 2500), staleQuote], "stale"],
    ["two ideas of a unit", [feed(eth, 2500), market(2500, { decimals: 17 })], "deviation"],
  ])("%s", (_, readings, expected) => {
    expect(worth(readings)).toBe(expected);
  });

  test("a policy may be content with one source, never with none", () => {
    expect(worth([feed(eth, 2500)], one, { minSources: 1 })).toBe(2_500_000_000n);
    expect(worth([feed(eth, 2500)], one, { minSources: 0 })).toBe(2_500_000_000n);
    expect(worth([], one, { minSources: 0 })).toBe("missing");
    expect(worth([feed(eth, 2500, { atMs: 1 })], one, { minSources: 1 })).toBe("stale");
  });

  test("a market's dollars are as old as those of its quote", () => {
    const old = market(2500);
    const quoted = old.market && { ...old.market, quoteAtMs: nowMs - 5000 };
    const pair = [feed(eth, 2500), { ...old, market: quoted } as PriceReading];
    expect(worth(pair, one, { maxAgeMs: 5000 })).toBe(2_500_000_000n);
    expect(worth(pair, one, { maxAgeMs: 4999 })).toBe("stale");
    const price = usdPrice(eth, readingsOf(...pair), defaultPriceRule, nowMs);
    expect(price).toMatchObject({ value: { fact: { ageMs: 5000 }, atMs: nowMs - 5000 } });
  });

  test("it is rounded up, and nothing is worth nothing", () => {
    const pair = [feed(eth, 2500), market(2500)];
    expect(worth(pair, 1n)).toBe(1n);
    expect(worth(pair, 0n)).toBe(0n);
    expect(worth([feed(usdc, 1), feed(usdc, 1, b)], 1n)).toBe(1n);
  });

  test("the price comes with its facts", () => {
    const readings = readingsOf(feed(eth, 2500, { atMs: nowMs - 9000 }), market(2550));
    expect(usdPrice(eth, readings, defaultPriceRule, nowMs)).toEqual({
      ok: true,
      value: {
        usdE18: 2550n * one,
        decimals: 18,
        fact: { asset: eth, sources: 2, ageMs: 9000, deviationBps: 200 },
        atMs: nowMs - 9000,
      },
    });
  });
});

test("more is never worth less, and a poisoned source never makes it less", () => {
  const amounts = fc.bigInt({ min: 0n, max: 10n ** 40n });
  const dollars = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  const honest = [feed(eth, 2500), market(2510)];
  fc.assert(
    fc.property(amounts, amounts, dollars, (x, y, poison) => {
      const [less, more] = x < y ? [x, y] : [y, x];
      const low = worth(honest, less);
      const high = worth([...honest, feed(eth, poison, b)], more);
      return high === "deviation" || (low ?? 0n) <= (high ?? -1n);
    }),
  );
});
