/** Reads where something is from GeoJSON. Pure. Half a place, or one off the earth, is missing. */
import { field, finite, list, text } from "./json.ts";

/** A place in millionths of a degree, north and east positive. */
export type Place = { readonly latitudeE6: number; readonly longitudeE6: number };

/** The place of a feature whose geometry is a point. */
export function placeOf(feature: unknown): Place | undefined {
  const geometry = field(feature, "geometry");
  if (text(field(geometry, "type")) !== "Point") return undefined;
  const [longitude, latitude] = list(field(geometry, "coordinates")).map(finite);
  if (latitude === undefined || longitude === undefined) return undefined;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return { latitudeE6: Math.round(latitude * 1e6), longitudeE6: Math.round(longitude * 1e6) };
}
