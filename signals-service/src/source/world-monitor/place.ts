/** A place as World Monitor gives it. Pure. */
import { field, finite } from "../json.ts";
import type { EventReading } from "../source.ts";

/** The place; `undefined` when it is missing. Zero and zero is what missing looks like there. */
export function placeOf(location: unknown): EventReading["place"] {
  const latitude = finite(field(location, "latitude"));
  const longitude = finite(field(location, "longitude"));
  if (latitude === undefined || longitude === undefined) return undefined;
  if (latitude === 0 && longitude === 0) return undefined;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return { latitudeE6: Math.round(latitude * 1e6), longitudeE6: Math.round(longitude * 1e6) };
}
