/**
 * The series that are published: what each measures, in which unit, and how far it is trusted.
 *
 * Pure data. A series never changes its unit or meaning: that is a new version in its id.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type Series,
  Series_Aggregation,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  SeriesSchema,
  Unit,
} from "#gen/signal/v1/series";

const minute = 60n;
const hour = 60n * minute;

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

/** The coins whose price is followed, by CoinGecko's id. */
export const coins = {
  bitcoin: "market.price.btc.usd@v1",
  ethereum: "market.price.eth.usd@v1",
  "usd-coin": "market.price.usdc.usd@v1",
} as const;

/** The earthquakes themselves. */
export const quakeEvents = "natural.quake@v1";

/** The largest magnitude of the last 24 hours. */
export const quakeMax = "natural.quake.max_mag.24h@v1";

/** The series of a country's instability. */
export function instabilityOf(country: string): string {
  return `geo.cii.${country.toLowerCase()}@v8`;
}

const price = (id: string, name: string, max: string, maxStep: string) =>
  define({
    id,
    description: `The price of one ${name}.`,
    kind: Series_Kind.GAUGE,
    unit: Unit.USD,
    decimals: 8,
    min: "0.000001",
    max,
    maxStep,
    heartbeat: { seconds: minute },
    maxTransportAge: { seconds: 5n * minute },
    maxContentAge: { seconds: 15n * minute },
    trustTier: Series_TrustTier.TRADED,
    methodologyVersion: "coingecko/simple-price/v3",
    licenceClass: Series_LicenceClass.DERIVED,
    sources: ["coingecko"],
  });

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

/** All series, by id. */
export const registry: ReadonlyMap<string, Series> = new Map(
  [
    price(coins.bitcoin, "bitcoin", "10000000", "30000"),
    price(coins.ethereum, "ether", "1000000", "1500"),
    price(coins["usd-coin"], "USD Coin", "10", "0.5"),
    ...countries.map(instability),
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
  ]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((series) => [series.id, series] as const),
);

function define(init: MessageInitShape<typeof SeriesSchema>): Series {
  const defaults = { minSources: 1, aggregation: Series_Aggregation.SINGLE };
  return create(SeriesSchema, { ...defaults, ...init, name: `series/${init.id}` });
}
