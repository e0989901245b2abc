/** Compares limits: whether one allows no more than the other. Pure. `undefined` is no limit. */
import type { AssetLimit, CountLimit, UsdLimit, WindowLimit } from "./limit.ts";
import { findAsset } from "./lookup.ts";

/** Whether no asset may leave more than before. */
export function assetsWithin(next: readonly AssetLimit[], current: readonly AssetLimit[]): boolean {
  return next.every((limit) => {
    const known = findAsset(current, limit.asset);
    if (known === undefined || limit.maxPerOperation > known.maxPerOperation) return false;
    return known.windows.every((window) => limit.windows.some((own) => covers(own, window)));
  });
}

/** Whether a window's limit holds another one too. */
export function windowWithin(
  next: WindowLimit | undefined,
  current: WindowLimit | undefined,
): boolean {
  return current === undefined || (next !== undefined && covers(next, current));
}

/** Whether a count's limit holds another one too. */
export function countWithin(
  next: CountLimit | undefined,
  current: CountLimit | undefined,
): boolean {
  return current === undefined || (next !== undefined && covers(next, current));
}

/** Whether a limit in US dollars holds another one too. */
export function usdWithin(next: UsdLimit | undefined, current: UsdLimit | undefined): boolean {
  if (current === undefined) return true;
  if (next === undefined || !covers(next, current)) return false;
  return (next.maxPerOperation ?? next.max) <= (current.maxPerOperation ?? current.max);
}

/** A limit over at least as long a window, of at most as much, holds the other too. */
function covers<T extends bigint | number>(
  tight: { readonly windowMs: number; readonly max: T },
  loose: { readonly windowMs: number; readonly max: T },
): boolean {
  return tight.windowMs >= loose.windowMs && tight.max <= loose.max;
}
