/** The series of infrastructure. Pure data. */
import { Derivation_Function } from "#gen/signal/v1/derivation";
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, hour, minute } from "./define.ts";

/** The outages of the internet. Magnitude: 1 partial, 2 major, 3 total. */
export const outageEvents = "infra.outage@v1";

/** The countries whose outages have a series, as ISO 3166-1 alpha-2 codes. */
const outageCountries = ["CN", "IR", "RU", "TW", "UA"] as const;

/** The series of a country's outages. */
function outageOf(country: string): string {
  return `infra.outage.country.${country.toLowerCase()}@v1`;
}

const radar = {
  heartbeat: { seconds: 15n * minute },
  maxTransportAge: { seconds: hour },
  maxContentAge: { seconds: hour },
  // People write the annotations: accurate, and hours late.
  trustTier: Series_TrustTier.CURATED,
  methodologyVersion: "cloudflare-radar/annotations/v1",
  licenceClass: Series_LicenceClass.STRUCTURED,
  sources: ["radar", "world-monitor.outages"],
};

/** All of them. */
export const infraSeries: readonly Series[] = [
  define({
    ...radar,
    id: outageEvents,
    description: "Outages of the internet in a country: 1 partial, 2 major, 3 total.",
    kind: Series_Kind.EVENT,
    unit: Unit.STATE,
    min: "1",
    max: "3",
  }),
  ...outageCountries.map((country) =>
    define({
      ...radar,
      id: outageOf(country),
      description: `The gravest outage of the internet in the country ${country} that is not over.`,
      kind: Series_Kind.STATE,
      unit: Unit.STATE,
      min: "0",
      max: "3",
      zeroIsValid: true,
      states: ["none", "partial", "major", "total"],
      derivation: { series: outageEvents, function: Derivation_Function.ACTIVE, country },
    }),
  ),
];
