/** Finds the rules that an operation meets without a look at all others. Pure. */
import type { CallRule } from "./call-rule.ts";
import type { AssetLimit } from "./limit.ts";

type CallIndex = {
  readonly targets: ReadonlySet<string>;
  readonly bySelector: ReadonlyMap<string, CallRule>;
};

/** The rule of a call, whether only its target is known, or nothing. */
export function findCall(
  rules: readonly CallRule[],
  call: { readonly target: string; readonly selector: string },
): CallRule | "target" | undefined {
  const { targets, bySelector } = callIndex(rules);
  const rule = bySelector.get(`${call.target} ${call.selector}`);
  return rule ?? (targets.has(call.target) ? "target" : undefined);
}

/** The limit of an asset. */
export function findAsset(limits: readonly AssetLimit[], asset: string): AssetLimit | undefined {
  return assetIndex(limits).get(asset);
}

/** Whether a list has an entry. */
export function isListed(list: readonly string[], entry: string): boolean {
  return setOf(list).has(entry);
}

const callIndex = once((rules: readonly CallRule[]): CallIndex => {
  const entries = rules.flatMap((rule) =>
    rule.selectors.map((selector) => [`${rule.target} ${selector}`, rule] as const),
  );
  const targets = new Set(rules.map(({ target }) => target));
  return { targets, bySelector: new Map(entries) };
});

const assetIndex = once(
  (limits: readonly AssetLimit[]) => new Map(limits.map((limit) => [limit.asset, limit])),
);

const setOf = once((list: readonly string[]): ReadonlySet<string> => new Set(list));

/** Computes something of a list once. Lists of rules never change. */
function once<L extends readonly unknown[], T>(compute: (list: L) => T): (list: L) => T {
  const known = new WeakMap<L, T>();
  return (list) => {
    let result = known.get(list);
    if (result === undefined) {
      result = compute(list);
      known.set(list, result);
    }
    return result;
  };
}
