/** The series of natural hazards. Pure data. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, hour, minute } from "./define.ts";

/** The earthquakes themselves. */
export const quakeEvents = "natural.quake@v1";

/** The largest magnitude of the last 24 hours. */
export const quakeMax = "natural.quake.max_mag.24h@v1";

/** All of them. */
export const naturalSeries: readonly Series[] = [
  define({
    id: quakeEvents,
    description: "Earthquakes of magnitude 4.5 and above.",
    kind: Series_Kind.EVENT,
    unit: Unit.MAGNITUDE,
    decimals: 2,
    heartbeat: { seconds: minute },
    maxTransportAge: { seconds: 10n * minute },
    maxContentAge: { seconds: 48n * hour },
    trustTier: Series_TrustTier.OFFICIAL,
    methodologyVersion: "usgs/4.5_day/v1",
    licenceClass: Series_LicenceClass.PUBLIC,
    sources: ["usgs"],
  }),
  define({
    id: quakeMax,
    description: "The largest magnitude of an earthquake of the last 24 hours.",
    kind: Series_Kind.COUNTER,
    unit: Unit.MAGNITUDE,
    decimals: 2,
    min: "-2",
    max: "10",
    heartbeat: { seconds: minute },
    maxTransportAge: { seconds: 10n * minute },
    maxContentAge: { seconds: 10n * minute },
    trustTier: Series_TrustTier.OFFICIAL,
    methodologyVersion: "usgs/4.5_day/v1",
    licenceClass: Series_LicenceClass.PUBLIC,
    sources: ["usgs"],
  }),
];
