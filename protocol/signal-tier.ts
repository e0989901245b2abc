/**
 * How far a series may be trusted at most, whatever its publisher says of it.
 *
 * Pure. The descriptor names a tier, but a descriptor is only as good as the feed's key. What a
 * series' domain may be at most is fixed here, in the vault's own code: the weaker of the two holds.
 */
import { type Series, Series_TrustTier } from "#gen/signal/v1/series";

const { OFFICIAL, TRADED, CURATED, CROWD, EDITORIAL } = Series_TrustTier;

/** By how ids begin. What is not listed is editorial. */
const domains: readonly (readonly [string, Series_TrustTier])[] = [
  ["market.price.", TRADED],
  ["market.peg_dev.", TRADED],
  ["natural.", OFFICIAL],
  ["macro.fred.", OFFICIAL],
  ["infra.", CURATED],
  ["supply.", CURATED],
  ["svc.", CURATED],
  ["custom.", CURATED],
  ["prediction.", CROWD],
  ["mil.", CROWD],
];

/** The highest tier that a series of this id may have. */
export function highestTier(id: string): Series_TrustTier {
  return domains.find(([start]) => id.startsWith(start))?.[1] ?? EDITORIAL;
}

/** The tier that counts: the weaker of what the descriptor says and what its domain may have. */
export function tierOf(series: Pick<Series, "id" | "trustTier">): Series_TrustTier {
  const { id, trustTier } = series;
  // What this release does not know may be anything.
  const said = trustTier >= OFFICIAL && trustTier <= EDITORIAL ? trustTier : EDITORIAL;
  return Math.max(said, highestTier(id)) as Series_TrustTier;
}
