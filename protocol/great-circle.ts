/** Measures the distance of two places on the earth: one measure for zones here and there. Pure. */

type Place = { readonly latitudeE6: number; readonly longitudeE6: number };

const earthRadiusKm = 6371;

/** The great-circle distance in whole kilometres, so that engines can't differ in the last digit. */
export function distanceKm(a: Place, b: Place): number {
  const lat1 = radians(a.latitudeE6);
  const lat2 = radians(b.latitudeE6);
  const dLat = lat2 - lat1;
  const dLon = radians(b.longitudeE6) - radians(a.longitudeE6);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(dLon / 2) ** 2;
  return Math.round(2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h))));
}

function radians(e6: number): number {
  return (e6 / 1e6) * (Math.PI / 180);
}
