/** Which places belong to a zone. Pure. */
import type { Zone } from "#gen/signal/v1/derivation";

type Place = { readonly latitudeE6: number; readonly longitudeE6: number };

const earthRadiusKm = 6371;

/**
 * Whether a place lies within a zone's radius, the edge included. The great-circle distance on a
 * sphere is rounded to whole kilometres, as vaults do it, so that engines can't differ in the
 * last digit: what lies up to half a kilometre beyond the radius belongs to the zone.
 */
export function isWithin(place: Place, zone: Zone): boolean {
  return distanceKm(place, zone) <= zone.radiusKm;
}

/** The great-circle distance in whole kilometres. */
export function distanceKm(a: Place, b: Place): number {
  const [lat1, lat2] = [radians(a.latitudeE6), radians(b.latitudeE6)];
  const halfLat = (lat2 - lat1) / 2;
  const halfLon = (radians(b.longitudeE6) - radians(a.longitudeE6)) / 2;
  const chord = Math.sin(halfLat) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(halfLon) ** 2;
  return Math.round(2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord))));
}

function radians(e6: number): number {
  return (e6 / 1e6) * (Math.PI / 180);
}
