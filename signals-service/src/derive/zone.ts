/** Which places belong to a zone. Pure. */
import type { Zone } from "#gen/signal/v1/derivation";
import { distanceKm } from "#protocol/great-circle";

type Place = { readonly latitudeE6: number; readonly longitudeE6: number };

/**
 * Whether a place lies within a zone's radius, the edge included. The distance is in whole
 * kilometres: what lies up to half a kilometre beyond the radius belongs to the zone.
 */
export function isWithin(place: Place, zone: Zone): boolean {
  return distanceKm(place, zone) <= zone.radiusKm;
}
