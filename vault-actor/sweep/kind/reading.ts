/** What a look could know of a series' value, by the script alone. Pure. */
import type { History } from "../history.ts";
import { goodForMs, observedBeforeMs, priceSeries, type Round } from "../script/feed.ts";
import type { Look } from "../vault/record.ts";

/** How far a source's clock may be ahead of the vault's. */
const aheadMs = 60_000;

/** A value that may be acted on at a look. `undefined`: there is none. */
export type Known = { readonly value: number; readonly round: Round; readonly observeMs: number };

/** What a look knew of a series. */
export function knownAt(
  { feed }: History,
  look: Look,
  series: number,
  maxAgeMs: number,
): Known | undefined {
  if (!look.series.has(priceSeries[series] ?? "")) return undefined;
  const round = feed.rounds[look.round - 1];
  const value = round?.says[series];
  if (round === undefined || value === undefined) return undefined;
  const observeMs = round.publishMs - observedBeforeMs;
  const ageMs = look.ownMs - observeMs;
  const isFit = ageMs >= -aheadMs && ageMs <= maxAgeMs && look.ownMs < round.publishMs + goodForMs;
  return isFit ? { value, round, observeMs } : undefined;
}
