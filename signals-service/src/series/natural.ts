/** The series of natural hazards. Pure data. */
import { Derivation_Function, type Zone } from "#gen/signal/v1/derivation";
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { day, define, hour, minute } from "./define.ts";
import { zones } from "./zones.ts";

/** The earthquakes themselves. */
export const quakeEvents = "natural.quake@v1";

/** The largest magnitude of the last 24 hours. */
const quakeMax = "natural.quake.max_mag.24h@v1";

/** How many were of magnitude 6 and above in the last 24 hours. */
const quakeCount = "natural.quake.count_m6.24h@v1";

/** The alerts of GDACS. Magnitude: 2 orange, 3 red; a green one is none. */
export const gdacsEvents = "natural.gdacs@v1";

/** How many hazards that began in the last 7 days are red. */
const gdacsReds = "natural.gdacs.red.count.7d@v1";

/** The highest alert level of the hazards that began in the last 7 days. Absent: none. */
const gdacsMax = "natural.gdacs.max_level.7d@v1";

/** The largest magnitude of the last 24 hours in a zone. */
function quakeMaxIn(zone: string): string {
  return `natural.quake.max_mag.24h.${zone}@v1`;
}

const usgs = {
  heartbeat: { seconds: minute },
  maxTransportAge: { seconds: 10n * minute },
  trustTier: Series_TrustTier.OFFICIAL,
  methodologyVersion: "usgs/4.5_day/v2",
  licenceClass: Series_LicenceClass.PUBLIC,
  sources: ["usgs"],
};

const gdacs = {
  heartbeat: { seconds: 5n * minute },
  maxTransportAge: { seconds: hour },
  // Somewhere on earth an alert is corrected every day.
  maxContentAge: { seconds: 3n * day },
  trustTier: Series_TrustTier.OFFICIAL,
  methodologyVersion: "gdacs/search/v1",
  licenceClass: Series_LicenceClass.STRUCTURED,
  sources: ["gdacs"],
};

const largest = (id: string, zone?: Zone) =>
  define({
    ...usgs,
    id,
    description: `The largest magnitude of an earthquake of the last 24 hours${zone ? `: ${zone.displayName}` : ""}.`,
    kind: Series_Kind.COUNTER,
    unit: Unit.MAGNITUDE,
    decimals: 2,
    min: "-2",
    max: "10",
    maxContentAge: { seconds: 10n * minute },
    derivation: {
      series: quakeEvents,
      function: Derivation_Function.MAX_MAGNITUDE,
      window: { seconds: day },
      types: ["earthquake"],
      ...(zone === undefined ? {} : { zone }),
    },
  });

/** All of them. */
export const naturalSeries: readonly Series[] = [
  define({
    ...usgs,
    id: quakeEvents,
    description: "Earthquakes of magnitude 4.5 and above.",
    kind: Series_Kind.EVENT,
    unit: Unit.MAGNITUDE,
    decimals: 2,
    maxContentAge: { seconds: 48n * hour },
  }),
  largest(quakeMax),
  ...zones.map((zone) => largest(quakeMaxIn(zone.id), zone)),
  define({
    ...usgs,
    id: quakeCount,
    description: "How many earthquakes of magnitude 6 and above there were in the last 24 hours.",
    kind: Series_Kind.COUNTER,
    unit: Unit.COUNT,
    min: "0",
    max: "1000",
    zeroIsValid: true,
    maxContentAge: { seconds: 10n * minute },
    derivation: {
      series: quakeEvents,
      function: Derivation_Function.COUNT,
      window: { seconds: day },
      types: ["earthquake"],
      minMagnitude: "6",
    },
  }),
  define({
    ...gdacs,
    id: gdacsEvents,
    description: "Natural hazards with an alert of GDACS: 2 orange, 3 red.",
    kind: Series_Kind.EVENT,
    unit: Unit.STATE,
    min: "2",
    max: "3",
  }),
  define({
    ...gdacs,
    id: gdacsReds,
    description: "How many hazards that began in the last 7 days have a red alert of GDACS.",
    kind: Series_Kind.COUNTER,
    unit: Unit.COUNT,
    min: "0",
    max: "1000",
    zeroIsValid: true,
    derivation: {
      series: gdacsEvents,
      function: Derivation_Function.COUNT,
      window: { seconds: 7n * day },
      minMagnitude: "3",
    },
  }),
  define({
    ...gdacs,
    id: gdacsMax,
    description: "The highest alert of the hazards that began in the last 7 days: 2 orange, 3 red.",
    kind: Series_Kind.COUNTER,
    unit: Unit.STATE,
    min: "2",
    max: "3",
    derivation: {
      series: gdacsEvents,
      function: Derivation_Function.MAX_MAGNITUDE,
      window: { seconds: 7n * day },
    },
  }),
];
