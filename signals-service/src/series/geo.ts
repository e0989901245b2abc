/** The series of conflict and instability. Pure data. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, hour, minute } from "./define.ts";

/** The countries whose instability is followed, as ISO 3166-1 alpha-2 codes. */
export const countries = [
  "CN",
  "IL",
  "IR",
  "KP",
  "LB",
  "PK",
  "RU",
  "SA",
  "SY",
  "TR",
  "TW",
  "UA",
  "VE",
  "YE",
] as const;

/** The series of a country's instability. */
export function instabilityOf(country: string): string {
  return `geo.cii.${country.toLowerCase()}@v8`;
}

const instability = (country: string) =>
  define({
    id: instabilityOf(country),
    description: `World Monitor's instability score of the country ${country}.`,
    kind: Series_Kind.GAUGE,
    unit: Unit.INDEX_0_100,
    min: "0",
    max: "100",
    maxStep: "60",
    heartbeat: { seconds: 10n * minute },
    maxTransportAge: { seconds: 15n * minute },
    maxContentAge: { seconds: hour },
    trustTier: Series_TrustTier.EDITORIAL,
    methodologyVersion: "world-monitor/cii/v8",
    licenceClass: Series_LicenceClass.DERIVED,
    zeroIsValid: true,
    sources: ["world-monitor"],
  });

/** All of them. */
export const geoSeries: readonly Series[] = countries.map(instability);
