import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  eth,
  feed,
  market,
  pricesMs as nowMs,
  readingsOf,
  usd,
  usdc,
  weth,
} from "../../test/support/prices.ts";
import { fairOutput } from "./fair-output.ts";
import { defaultPriceRule, type PriceReading, type PriceRule } from "./price.ts";

const one = 10n ** 18n;
const wbtc = `eip155:1/erc20:0x${"b".repeat(40)}`;

function fair(readings: readonly PriceReading[], amount = one, rule: Partial<PriceRule> = {}) {
  const whole = { ...defaultPriceRule, ...rule };
  return fairOutput(eth, usdc, amount, readingsOf(...readings), whole, nowMs);
}

/** The amount, or why there is none. */
function said(...given: Parameters<typeof fair>): bigint | string {
  const answer = fair(...given);
  if (answer.ok) return answer.value.amountOut;
  const { asset, cause } = answer.error.metadata;
  return `${asset === eth ? "eth" : "usdc"} ${cause}`;
}

const feeds = [feed(eth, 2500), feed(usdc, 1)];
const old = nowMs - 3_600_001;

describe("what one ether should bring in USDC", () => {
  test.each<readonly [string, readonly PriceReading[], bigint | string]>([
    ["the market is higher", [...feeds, market(2510)], 2_510_000_000n],
    ["the feeds are higher", [...feeds, market(2490)], 2_500_000_000n],
    [
      "a dollar that is worth less",
      [feed(eth, 2500), feed(usdc, 0.99), market(2500)],
      2_525_252_526n,
    ],
    [
      "the market is known from its other side",
      [...feeds, market(1 / 2500, {}, usdc)],
      2_500_000_000n,
    ],
    ["one group is not enough", feeds, "eth missing"],
    [
      "the market alone is not enough",
      [market(2500), feed(usdc, 1, { group: "b" })],
      "eth missing",
    ],
    ["nothing is known", [], "eth missing"],
    ["of USDC nothing is known", [feed(eth, 2500), market(2500)], "usdc missing"],
    [
      "two feeds of one group are one opinion",
      [...feeds, feed(eth, 2501), feed(usdc, 1)],
      "eth missing",
    ],
    [
      "a third group, and no market",
      [...feeds, ...feeds.map((f) => ({ ...f, group: "b" }))],
      2_500_000_000n,
    ],
    [
      "a group that prices one asset only",
      [...feeds, feed(eth, 2500, { group: "b" })],
      "usdc missing",
    ],
    ["at the distance that is allowed", [...feeds, market(2575)], 2_575_000_000n],
    ["further apart", [...feeds, market(2575.01)], "eth deviation"],
    ["further apart, the other way", [...feeds, market(2427)], "eth deviation"],
    [
      "the ether's feed is stale",
      [feed(eth, 2500, { atMs: old }), feed(usdc, 1), market(2500)],
      "eth stale",
    ],
    [
      "USDC's feed is stale",
      [feed(eth, 2500), feed(usdc, 1, { atMs: old }), market(2500)],
      "usdc stale",
    ],
    ["the market's block is old", [...feeds, market(2500, { atMs: nowMs - 120_001 })], "eth stale"],
    ["a time that has not come", [...feeds, market(2500, { atMs: nowMs + 60_001 })], "eth stale"],
    ["a clock a little behind", [...feeds, market(2500, { atMs: nowMs + 60_000 })], 2_500_000_000n],
    ["no time at all", [...feeds, market(2500, { atMs: Number.NaN })], "eth stale"],
    ["a price of nothing", [...feeds, market(0)], "eth missing"],
    ["a price below nothing", [feed(eth, -2500), feed(usdc, -1), market(2500)], "eth missing"],
    ["a price beyond reason", [...feeds, market(1e12 * 2)], "eth deviation"],
    [
      "a price beyond all reason",
      [feed(eth, 1, { usdE18: 10n ** 36n }), feed(usdc, 1), market(2500)],
      "eth missing",
    ],
    [
      "two ideas of what a whole unit is",
      [...feeds, market(2500, { decimals: 8 })],
      "eth deviation",
    ],
    ["a unit that is none", [feed(eth, 2500, { decimals: -1 })], "eth deviation"],
  ])("%s", (_, readings, expected) => {
    expect(said(readings)).toBe(expected);
  });

  test("a market's ratio needs no price of its quote in US dollars", () => {
    const { market: ratio, ...rest } = market(2500);
    if (ratio === undefined) throw new Error("no market");
    const reading = { ...rest, usdE18: 0n, market: { ...ratio, quoteAtMs: 0 } };
    expect(said([...feeds, reading])).toBe(2_500_000_000n);
  });

  test("a market is one opinion of two assets that it prices in the same third", () => {
    const inEth = (asset: string, ratio: number): PriceReading => ({
      ...market(ratio, {}, asset),
      market: { quotes: [eth, weth], ratioE18: usd(ratio), quoteAtMs: 1, quoteMaxAgeMs: 1 },
    });
    const readings = [feed(wbtc, 100_000), feed(usdc, 1), inEth(wbtc, 40), inEth(usdc, 1 / 2500)];
    const answer = fairOutput(wbtc, usdc, one, readingsOf(...readings), defaultPriceRule, nowMs);
    expect(answer.ok && answer.value.amountOut).toBe(100_000_000_000n);
  });

  test("a policy may ask for more sources and younger ones, and for no fewer than two", () => {
    const good = [...feeds, market(2500)];
    expect(said(good, one, { minSources: 3 })).toBe("eth missing");
    expect(said(feeds, one, { minSources: 1 })).toBe("eth missing");
    expect(said(good, one, { maxAgeMs: 1000 })).toBe(2_500_000_000n);
    expect(said(good, one, { maxAgeMs: 999 })).toBe("eth stale");
    expect(said(good, one, { maxAgeMs: 10 ** 12 })).toBe(2_500_000_000n);
  });

  test("it is rounded up, once", () => {
    const third = [feed(eth, 1), feed(usdc, 3), market(0.333333)];
    expect(said(third, one)).toBe(333_334n);
    expect(said(third, 1n)).toBe(1n);
    expect(said(third, 0n)).toBe(0n);
  });

  test("the facts tell how many sources, how old and how far apart", () => {
    const answer = fair([feed(eth, 2500, { atMs: nowMs - 5000 }), feed(usdc, 1), market(2510)]);
    expect(answer.ok && answer.value.prices).toEqual([
      { asset: eth, sources: 2, ageMs: 5000, deviationBps: 40 },
      { asset: usdc, sources: 2, ageMs: 1000, deviationBps: 40 },
    ]);
  });
});

const cents = fc.integer({ min: 240_000, max: 260_000 }).map((value) => value / 100);
const amounts = fc.bigInt({ min: 0n, max: 10n ** 30n });

test("more in is never less out", () => {
  fc.assert(
    fc.property(cents, cents, amounts, amounts, (a, b, x, y) => {
      const readings = [feed(eth, a), feed(usdc, 1), market(b)];
      const wide = { maxDeviationBps: 2000 };
      const [less, more] = x < y ? [x, y] : [y, x];
      const [low, high] = [said(readings, less, wide), said(readings, more, wide)];
      return typeof low === "bigint" && typeof high === "bigint" && low <= high;
    }),
  );
});

test("whoever adds a source, or lowers one, never lowers what a swap must bring", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: -2, max: 1e3, noNaN: true }),
      fc.constantFrom("chainlink", "uniswap_v3", "evil"),
      fc.integer({ min: -1e9, max: 1e9 }),
      (ether, dollar, group, aheadMs) => {
        const honest = [...feeds, market(2500)];
        const of = { group, atMs: nowMs + aheadMs };
        const poison = [feed(eth, ether, of), feed(usdc, dollar, of)];
        const answer = said([...honest, ...poison]);
        // A price that is higher counts as far as the rule lets it: it only asks for more.
        if (typeof answer === "string") return answer.endsWith("deviation");
        return answer >= 2_500_000_000n && answer <= 2_575_000_001n;
      },
    ),
  );
});

test("a poisoned market beyond the rule's distance stops the swap", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), (ratio) => {
      const answer = said([...feeds, market(ratio)]);
      const bps = Math.abs(ratio - 2500) / Math.min(ratio, 2500);
      if (Math.abs(bps - 0.03) < 1e-6) return true;
      return bps > 0.03 ? answer === "eth deviation" : typeof answer === "bigint";
    }),
  );
});
