/** A portfolio away from its target weights, by value. Pure and exact: nothing is divided. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Series_Kind, Unit } from "#gen/signal/v1/series";
import type { AllocationDrift } from "#gen/trigger/v1/chain_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { enumName } from "#protocol/enum-name";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Account, parseAsset } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { ChainRead } from "../../chain/chain-read.ts";
import { decimalsRead } from "../../chain/reads.ts";
import { type CheckContext, invalid, type LeafKind, type LeafOutcome } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import type { View } from "../view.ts";
import { balanceOf } from "./balance.ts";
import { checkAsset } from "./chain-check.ts";
import { chainValue, parseWhole } from "./chain-level.ts";
import { decided, stale } from "./leaf-outcome.ts";

/** All weights together. */
const wholeBps = 10_000;

/** The decimals of native assets, and the most that a token may have. */
const nativeDecimals = 18n;
const maxDecimals = 36n;

/** One asset of the portfolio, with its constants read. */
type Holding = {
  readonly asset: string;
  readonly weight: bigint;
  readonly series: string;
  readonly balance: ChainRead;
  /** `undefined`: it is the native asset. */
  readonly decimals: ChainRead | undefined;
};

/** A portfolio away from its target weights. */
export const allocationDrift: LeafKind<AllocationDrift> = {
  shape: "level",
  check(test, context) {
    const { path } = context;
    const seen = new Set<string>();
    for (const [at, { asset, priceSeries }] of test.targets.entries()) {
      const own = `${path}.targets[${at}]`;
      const known = checkAsset(asset, `${own}.asset`, context);
      if (!known.ok) return known;
      if (seen.has(asset)) return invalid(`${own}.asset`, "each asset once");
      seen.add(asset);
      const price = checkPrice(priceSeries, `${own}.price_series`, context);
      if (!price.ok) return price;
    }
    const sum = test.targets.reduce((total, { weightBps }) => total + weightBps, 0);
    if (sum === wholeBps) return ok(undefined);
    return invalid(`${path}.targets`, `weights must be ${wholeBps} together, not ${sum}`);
  },
  depends: (test, own) =>
    holdingsOf(test, own).flatMap(({ balance, decimals, series }) => [
      { kind: "series" as const, series },
      { kind: "chain" as const, read: balance },
      ...(decimals === undefined ? [] : [{ kind: "chain" as const, read: decimals }]),
    ]),
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test, own) {
    const holdings = holdingsOf(test, own);
    const maxAgeMs = test.maxAge === undefined ? 0 : durationMs(test.maxAge);
    const minDrift = BigInt(test.minDriftBps);
    return (view) => decide(holdings, minDrift, maxAgeMs, view);
  },
};

function decide(
  holdings: readonly Holding[],
  minDrift: bigint,
  maxAgeMs: number,
  view: View,
): LeafOutcome {
  let ageMs = 0;
  let expireMs = Number.POSITIVE_INFINITY;
  const values: { readonly holding: Holding; readonly value: bigint }[] = [];
  for (const holding of holdings) {
    const price = readSeries(view, holding.series, Unit.USD, maxAgeMs);
    if (!price.fit) return stale(`${holding.series}: ${price.why}`, price.ageMs);
    const balance = chainValue(view, holding.balance, maxAgeMs);
    if (!balance.fit) return stale(`${holding.asset}: ${balance.why}`, balance.ageMs);
    const amount = parseWhole(balance.text);
    const decimals = decimalsOf(view, holding, maxAgeMs);
    if (amount === undefined || decimals === undefined || price.value <= 0n) {
      return stale(`${holding.asset}: no value`, balance.ageMs);
    }
    // In one unit for all: whole assets at 10^-18 dollars, times 10^maxDecimals.
    values.push({ holding, value: amount * price.value * 10n ** (maxDecimals - decimals) });
    ageMs = Math.max(ageMs, price.ageMs, balance.ageMs);
    expireMs = Math.min(expireMs, price.expireMs, balance.expireMs);
  }
  const total = values.reduce((sum, { value }) => sum + value, 0n);
  if (total === 0n) {
    const explain = () => "nothing is held";
    return { verdict: Verdict.FALSE, explain, ageMs, lookMs: expireMs };
  }
  const whole = BigInt(wholeBps);
  const drifts = values.map(({ holding, value }) => ({
    holding,
    weight: (value * whole) / total,
    drift: distance(value * whole, holding.weight * total),
  }));
  const most = drifts.reduce((a, b) => (b.drift > a.drift ? b : a));
  const words = () =>
    `${most.holding.asset} at ${most.weight} bps, at least ${minDrift} from ${most.holding.weight}`;
  return decided(most.drift >= minDrift * total, words, { ageMs, expireMs });
}

function decimalsOf(view: View, { decimals }: Holding, maxAgeMs: number): bigint | undefined {
  if (decimals === undefined) return nativeDecimals;
  const reading = chainValue(view, decimals, maxAgeMs);
  const value = reading.fit ? parseWhole(reading.text) : undefined;
  return value === undefined || value > maxDecimals ? undefined : value;
}

function holdingsOf(test: AllocationDrift, own: Account): readonly Holding[] {
  return test.targets.flatMap((target) => {
    const asset = parseAsset(target.asset);
    if (asset === undefined) return [];
    return [
      {
        asset: target.asset,
        weight: BigInt(target.weightBps),
        series: target.priceSeries,
        balance: balanceOf(asset, own.address),
        decimals: asset.kind === "native" ? undefined : decimalsRead(asset),
      },
    ];
  });
}

function checkPrice(series: string, field: string, context: CheckContext): Result<void, Failure> {
  const known = context.series.get(series);
  if (known === undefined) {
    return refuse("SERIES_UNKNOWN", `${field}: there is no series ${series}`, { series, field });
  }
  if (known.kind === Series_Kind.EVENT) return invalid(field, "an event series has no value");
  if (known.unit === Unit.USD) return ok(undefined);
  const expected = enumName(Unit, known.unit);
  return refuse("UNIT_MISMATCH", `${field}: must be in USD, ${series} is in ${expected}`, {
    series,
    expected,
    field,
  });
}

function distance(a: bigint, b: bigint): bigint {
  return a < b ? b - a : a - b;
}
