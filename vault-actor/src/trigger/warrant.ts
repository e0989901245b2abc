/**
 * Decides what a condition may cause, by how far the series that it rests on are trusted.
 *
 * Pure. Official and traded series may move funds, and so may facts of a chain or of the clock.
 * Curated and crowd series may reduce exposure, and never one of them alone. Editorial series add
 * to another's verdict. Asked when a trigger is made, and again when it fires.
 */
import { type Series, Series_TrustTier } from "#gen/signal/v1/series";
import type { Condition } from "#gen/trigger/v1/condition";
import type { Intent } from "#gen/vault/v1/intent";
import { enumName } from "#protocol/enum-name";
import type { Failure } from "#protocol/failure";
import { parseChain } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { tierOf } from "#protocol/signal-tier";
import type { Chains } from "../account/chain-config.ts";
import { invalid } from "./leaf-kind.ts";
import { seriesIn } from "./series-in.ts";
import { childrenOf, fieldName, join } from "./tree.ts";
import { restsOn } from "./trust.ts";

/** What a condition may cause, and the series that keeps it from causing more. */
export type Warrant =
  | { readonly kind: "any" }
  /** Actions that reduce exposure. */
  | { readonly kind: "reduce"; readonly series: string }
  /** Nothing. `alone`: it may not be the only series that is needed. */
  | { readonly kind: "none"; readonly series: string; readonly alone: boolean };

/** The tier of a series. */
export type TierOf = (series: string) => Series_TrustTier;

const { TRADED, CROWD, EDITORIAL } = Series_TrustTier;

/** The tiers when a trigger is made: what is not published has none. */
export function tiersOf(series: ReadonlyMap<string, Series>): TierOf {
  return (id) => {
    const known = series.get(id);
    return known === undefined ? EDITORIAL : tierOf(known);
  };
}

/**
 * The tiers when a trigger fires. A series that is not known then said nothing, so that it made
 * nothing true: it may be of any tier.
 */
export function tiersNow(series: ReadonlyMap<string, Series>): TierOf {
  return (id) => {
    const known = series.get(id);
    return known === undefined ? TRADED : tierOf(known);
  };
}

/** What a condition may cause. */
export function warrantOf(condition: Condition, tier: TierOf): Warrant {
  const moves = (id: string) => tier(id) <= TRADED;
  const reduces = (id: string) => tier(id) <= CROWD;
  const all = [...seriesIn(condition)];
  if (restsOn(condition, moves)) return { kind: "any" };
  if (!restsOn(condition, reduces)) {
    return { kind: "none", series: all.find((id) => !reduces(id)) ?? "", alone: false };
  }
  const middling = all.filter((id) => !moves(id) && reduces(id));
  for (const one of middling) {
    if (!restsOn(condition, (id) => reduces(id) && id !== one)) {
      return { kind: "none", series: one, alone: true };
    }
  }
  return { kind: "reduce", series: middling[0] ?? "" };
}

/** Checks that a condition may cause an intent. `path` is the field that holds the condition. */
export function checkWarrant(
  condition: Condition,
  intent: Intent,
  on: { readonly tier: TierOf; readonly chains: Chains; readonly path: string },
): Result<void, Failure> {
  const warrant = warrantOf(condition, on.tier);
  if (warrant.kind === "any") return ok(undefined);
  const { series } = warrant;
  if (warrant.kind === "reduce" && reducesExposure(intent, on.chains)) return ok(undefined);
  const field = pathOf(condition, series, on.path) ?? on.path;
  const is = `${series} is ${enumName(Series_TrustTier, on.tier(series))}`;
  if (warrant.kind === "reduce") {
    const reserves = reservesOf(intent, on.chains).join(", ") || "of which there is none";
    return invalid(field, `${is}: it may only cause a swap into a reserve asset, ${reserves}`);
  }
  return warrant.alone
    ? invalid(field, `${is}: it may cause nothing alone, another series must be needed too`)
    : invalid(field, `${is}: it may only add to what another kind of series says`);
}

/** Whether an intent can only take risk away: a swap of what is no reserve into what is one. */
function reducesExposure(intent: Intent, chains: Chains): boolean {
  const action = intent.action?.action;
  if (action?.case !== "swap") return false;
  const reserves = reservesOf(intent, chains);
  const { buyAsset, sellAsset } = action.value;
  return reserves.includes(buyAsset) && !reserves.includes(sellAsset);
}

function reservesOf(intent: Intent, chains: Chains): readonly string[] {
  return chains.get(parseChain(intent.chain) ?? 0)?.reserveAssets ?? [];
}

/** The path of the first test that looks at a series. */
function pathOf(condition: Condition, series: string, path: string): string | undefined {
  const children = childrenOf(condition);
  if (children.length === 0) {
    const here = join(path, fieldName(condition.test.case ?? "test"));
    return seriesIn(condition).has(series) ? here : undefined;
  }
  for (const child of children) {
    const found = pathOf(child.condition, series, join(path, child.path));
    if (found !== undefined) return found;
  }
  return undefined;
}
