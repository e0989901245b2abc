/** The series of conflict, instability and unrest. Pure data. */
import { Derivation_Function } from "#gen/signal/v1/derivation";
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { day, define, hour, minute } from "./define.ts";

/**
 * The countries whose instability is followed, as ISO 3166-1 alpha-2 codes: all that World Monitor
 * rates.
 */
export const countries = [
  "AE",
  "AF",
  "BR",
  "CN",
  "CU",
  "DE",
  "EG",
  "FR",
  "GB",
  "IL",
  "IN",
  "IQ",
  "IR",
  "JP",
  "KP",
  "KR",
  "LB",
  "MM",
  "MX",
  "PK",
  "PL",
  "QA",
  "RU",
  "SA",
  "SY",
  "TR",
  "TW",
  "UA",
  "US",
  "VE",
  "YE",
] as const;

/** The countries whose unrest is counted. */
const unrestCountries = ["CN", "IL", "IR", "PK", "RU", "TR", "TW", "UA", "US"] as const;

/** The series of a country's instability. */
export function instabilityOf(country: string): string {
  return `geo.cii.${country.toLowerCase()}@v8`;
}

/** The series of how a country's instability changed within 24 hours. */
function instabilityChangeOf(country: string): string {
  return `geo.cii_delta24.${country.toLowerCase()}@v8`;
}

/** The series of how much grave unrest a country had today and yesterday. */
function unrestCountOf(country: string): string {
  return `geo.unrest.high.count.48h.${country.toLowerCase()}@v1`;
}

/** The world's strategic risk. */
export const strategicRisk = "geo.strategic_risk.global@v8";

/** Grave unrest itself. */
export const unrestEvents = "geo.unrest@v1";

const score = {
  kind: Series_Kind.GAUGE,
  unit: Unit.INDEX_0_100,
  decimals: 2,
  heartbeat: { seconds: 10n * minute },
  // Read every 10 minutes; one reading may fail.
  maxTransportAge: { seconds: 25n * minute },
  maxContentAge: { seconds: hour },
  trustTier: Series_TrustTier.EDITORIAL,
  licenceClass: Series_LicenceClass.DERIVED,
  sources: ["world-monitor.risk-scores"],
};

const instability = (country: string) =>
  define({
    ...score,
    id: instabilityOf(country),
    description: `World Monitor's instability score of the country ${country}.`,
    // Zero can't come of the method: it is what a country without data gets.
    min: "0",
    max: "100",
    maxStep: "60",
    methodologyVersion: "world-monitor/cii/v8",
  });

const instabilityChange = (country: string) =>
  define({
    ...score,
    id: instabilityChangeOf(country),
    description: `How World Monitor's instability score of the country ${country} changed within 24 hours, by our own history.`,
    min: "-100",
    max: "100",
    zeroIsValid: true,
    methodologyVersion: "world-monitor/cii/v8",
    derivation: {
      series: instabilityOf(country),
      function: Derivation_Function.DELTA,
      window: { seconds: day },
    },
  });

const unrest = {
  unit: Unit.COUNT,
  heartbeat: { seconds: hour },
  maxTransportAge: { seconds: 150n * minute },
  maxContentAge: { seconds: 3n * hour },
  trustTier: Series_TrustTier.EDITORIAL,
  methodologyVersion: "world-monitor/unrest/v1",
  sources: ["world-monitor.unrest"],
};

const unrestCount = (country: string) =>
  define({
    ...unrest,
    id: unrestCountOf(country),
    description: `In how many places of the country ${country} there was grave unrest today and yesterday (UTC).`,
    kind: Series_Kind.COUNTER,
    min: "0",
    max: "10000",
    zeroIsValid: true,
    licenceClass: Series_LicenceClass.DERIVED,
    derivation: {
      series: unrestEvents,
      function: Derivation_Function.COUNT,
      // The source knows the day only, so a window holds whole days.
      window: { seconds: 2n * day },
      minSeverityBps: 7500,
      country,
    },
  });

/** All of them. */
export const geoSeries: readonly Series[] = [
  ...countries.map(instability),
  ...countries.map(instabilityChange),
  define({
    ...score,
    id: strategicRisk,
    description: "World Monitor's strategic risk of the whole world, by its method from 15 to 85.",
    min: "15",
    max: "85",
    maxStep: "40",
    methodologyVersion: "world-monitor/strategic-risk/v8",
  }),
  define({
    ...unrest,
    id: unrestEvents,
    description:
      "Riots and deadly unrest in the followed countries, one event for a place and a day; the magnitude is the number of deaths.",
    kind: Series_Kind.EVENT,
    licenceClass: Series_LicenceClass.STRUCTURED,
  }),
  ...unrestCountries.map(unrestCount),
];
