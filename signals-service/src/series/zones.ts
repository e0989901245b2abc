/** The parts of the earth that have series of their own. Pure data. */
import { create } from "@bufbuild/protobuf";
import { type Zone, ZoneSchema } from "#gen/signal/v1/derivation";

const around = (id: string, displayName: string, latitude: number, longitude: number): Zone =>
  create(ZoneSchema, {
    id: `${id}300`,
    displayName: `${displayName} and 300 km around`,
    latitudeE6: Math.round(latitude * 1e6),
    longitudeE6: Math.round(longitude * 1e6),
    radiusKm: 300,
  });

/** All of them. A zone never moves: its series would mean something else. */
export const zones: readonly Zone[] = [
  around("istanbul", "Istanbul", 41.0082, 28.9784),
  around("sanfrancisco", "San Francisco", 37.7749, -122.4194),
  around("taipei", "Taipei", 25.033, 121.5654),
  around("tokyo", "Tokyo", 35.6762, 139.6503),
];
