/** Which swaps a rebalance chooses: by example, and for any holdings, prices and weights. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Asset, formatAsset } from "#protocol/names";
import {
  agreed,
  digit,
  dollar,
  ether,
  planContext,
  tokenAt,
} from "../../../test/support/planning.ts";
import { readingsOf } from "../../../test/support/prices.ts";
import { operationOf } from "./operation-of.ts";
import { planSteps } from "./plan-steps.ts";
import { chooseSwaps } from "./rebalance.ts";
import type { RebalanceStep } from "./step.ts";
import type { PlanContext } from "./step-plan.ts";

type Holding = {
  readonly asset: Asset;
  readonly amount: bigint;
  readonly dollars: number;
  readonly weightBps: number;
};

const one = 10n ** 18n;

function contextOf(holdings: readonly Holding[]): PlanContext {
  return planContext({
    balances: holdings,
    prices: readingsOf(
      ...holdings.flatMap(({ asset, dollars }) => agreed(formatAsset(asset), dollars)),
    ),
  });
}

function stepOf(holdings: readonly Holding[], toleranceBps: number): RebalanceStep {
  return { kind: "rebalance", targets: holdings, toleranceBps, slippageBps: 50, fee: 3000 };
}

function swapsOf(holdings: readonly Holding[], toleranceBps: number) {
  const chosen = chooseSwaps(stepOf(holdings, toleranceBps), contextOf(holdings));
  if (!chosen.ok) throw new Error(chosen.error.detail);
  return chosen.value.swaps.map(({ sell, buy, quantity }) => ({
    sell: formatAsset(sell),
    buy: formatAsset(buy),
    amount: "exact" in quantity ? quantity.exact : 0n,
  }));
}

/** What one base unit is worth, in 10^-36 dollars. */
function unitOf({ asset, dollars }: Holding): bigint {
  const decimals = formatAsset(asset) === formatAsset(dollar) ? 6 : 18;
  return BigInt(Math.round(dollars * 1e6)) * 10n ** BigInt(30 - decimals);
}

const third = tokenAt("b");
const balanced = (amount: bigint): readonly Holding[] => [
  { asset: ether, amount, dollars: 2500, weightBps: 5000 },
  { asset: dollar, amount: 2_500_000_000n, dollars: 1, weightBps: 5000 },
];

describe("a rebalance", () => {
  test("does nothing within its tolerance", () => {
    expect(swapsOf(balanced(one), 1)).toEqual([]);
    // 51.2 % of ether.
    expect(swapsOf(balanced((one * 105n) / 100n), 200)).toEqual([]);
  });

  test("acts at its tolerance exactly, as the trigger's condition does", () => {
    // 60 % and 40 %.
    const off = balanced((one * 3n) / 2n);
    expect(swapsOf(off, 1000)).toHaveLength(1);
    expect(swapsOf(off, 1001)).toEqual([]);
  });

  test("sells what is above its weight for what is below", () => {
    expect(swapsOf(balanced(3n * one), 100)).toEqual([
      { sell: formatAsset(ether), buy: formatAsset(dollar), amount: one },
    ]);
    expect(swapsOf(balanced(0n), 100)).toEqual([
      { sell: formatAsset(dollar), buy: formatAsset(ether), amount: 1_250_000_000n },
    ]);
  });

  test("goes from the largest to the largest, and sells all of what has no weight", () => {
    const holdings: readonly Holding[] = [
      { asset: ether, amount: one, dollars: 2000, weightBps: 0 },
      { asset: dollar, amount: 0n, dollars: 1, weightBps: 6000 },
      { asset: third, amount: 0n, dollars: 10, weightBps: 4000 },
    ];
    expect(swapsOf(holdings, 100)).toEqual([
      { sell: formatAsset(ether), buy: formatAsset(dollar), amount: (one * 6n) / 10n },
      { sell: formatAsset(ether), buy: formatAsset(third), amount: (one * 4n) / 10n },
    ]);
  });

  test("of nothing does nothing", () => {
    expect(
      swapsOf(
        balanced(0n).map((holding) => ({ ...holding, amount: 0n })),
        1,
      ),
    ).toEqual([]);
  });

  test("without a price is refused", () => {
    const holdings = balanced(3n * one);
    const prices = readingsOf(...agreed(formatAsset(ether), 2500));
    const context = { ...contextOf(holdings) };
    const chosen = chooseSwaps(stepOf(holdings, 100), {
      ...context,
      facts: { ...context.facts, prices },
    });
    expect(chosen).toMatchObject({ ok: false, error: { reason: "PRICE_UNFIT" } });
  });

  test("states the prices of all its assets, swapped or not", () => {
    const holdings: readonly Holding[] = [
      ...balanced(3n * one).map((holding) => ({ ...holding, weightBps: 4000 })),
      { asset: third, amount: 250n * one, dollars: 10, weightBps: 2000 },
    ];
    const context = contextOf(holdings);
    const plans = planSteps([stepOf(holdings, 1000)], context, undefined);
    if (!plans.ok) return expect.unreachable();
    const { prices, calls } = operationOf(context.account, plans.value, false);
    expect(calls).toHaveLength(1);
    expect(prices.map(({ asset }) => asset).sort()).toEqual(
      holdings.map(({ asset }) => formatAsset(asset)).sort(),
    );
  });
});

const assets = [ether, dollar, ...["b", "d", "e", "f", "1f", "2f"].map((of) => named(of))];

function named(of: string) {
  return of.length === 1
    ? tokenAt(of)
    : { ...tokenAt("0"), address: digit("0").replace(/00$/, of) as `0x${string}` };
}

const holdings = fc
  .array(
    fc.record({
      amount: fc.oneof(fc.constant(0n), fc.bigInt(0n, 10n ** 24n)),
      dollars: fc.integer({ min: 1, max: 100_000 }).map((cents) => cents / 100),
      share: fc.integer({ min: 0, max: 100 }),
    }),
    { minLength: 2, maxLength: 8 },
  )
  .map((all) => {
    const sum = all.reduce((total, { share }) => total + share, 0);
    const weights = all.map(({ share }) => Math.floor((share * 10_000) / Math.max(1, sum)));
    const rest = 10_000 - weights.reduce((total, weight) => total + weight, 0);
    return all.map(({ amount, dollars }, at): Holding => {
      const weightBps = (weights[at] ?? 0) + (at === 0 ? rest : 0);
      return { asset: assets[at] ?? ether, amount, dollars, weightBps };
    });
  });

test("for any holdings: few swaps, never below a weight, nothing both ways, within the tolerance after", () => {
  fc.assert(
    fc.property(holdings, fc.integer({ min: 1, max: 5000 }), (held, toleranceBps) => {
      const swaps = swapsOf(held, toleranceBps);
      expect(swaps.length).toBeLessThanOrEqual(held.length - 1);
      const sold = new Set(swaps.map(({ sell }) => sell));
      expect(swaps.filter(({ buy }) => sold.has(buy))).toEqual([]);
      const units = new Map(held.map((one) => [formatAsset(one.asset), unitOf(one)]));
      const values = new Map(
        held.map((one) => [formatAsset(one.asset), one.amount * unitOf(one)] as const),
      );
      const total = [...values.values()].reduce((sum, value) => sum + value, 0n);
      for (const { sell, buy, amount } of swaps) {
        const worth = amount * (units.get(sell) ?? 0n);
        values.set(sell, (values.get(sell) ?? 0n) - worth);
        values.set(buy, (values.get(buy) ?? 0n) + worth);
      }
      // A swap leaves less than a base unit of what it sells.
      const dust = [...units.values()].reduce((sum, unit) => sum + unit, 0n) * 10_000n * 8n;
      for (const { asset, weightBps } of held) {
        const id = formatAsset(asset);
        const off = (values.get(id) ?? 0n) * 10_000n - BigInt(weightBps) * total;
        if (sold.has(id)) expect(off).toBeGreaterThanOrEqual(0n);
        const most = BigInt(toleranceBps) * total + dust;
        expect(off < 0n ? -off : off).toBeLessThanOrEqual(most);
      }
    }),
    { numRuns: 300 },
  );
});
