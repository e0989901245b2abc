/** The series of markets: traded prices, and how far stable coins are from their peg. Pure data. */
import { Derivation_Function } from "#gen/signal/v1/derivation";
import {
  type Series,
  Series_Aggregation,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, minute } from "./define.ts";

/** The coins whose price is followed, and the series of their prices. */
export const priceOf = {
  btc: "market.price.btc.usd@v1",
  eth: "market.price.eth.usd@v1",
  usdc: "market.price.usdc.usd@v1",
  usdt: "market.price.usdt.usd@v1",
  dai: "market.price.dai.usd@v1",
} as const;

/** A coin whose price is followed. */
export type Coin = keyof typeof priceOf;

/** The coins whose peg is followed, and the series of their distance from it. */
export const pegOf = {
  usdc: "market.peg_dev.usdc.usd@v1",
  usdt: "market.peg_dev.usdt.usd@v1",
  dai: "market.peg_dev.dai.usd@v1",
} as const;

const sources = ["coingecko", "coinpaprika", "pyth", "chainlink"] as const;

type Limits = {
  /** What is plausible. A price in cents lies outside. */
  readonly min: string;
  readonly max: string;
  /** In US dollars, as prices are now: some 30 %. */
  readonly maxStep: string;
  /** In US dollars, as prices are now: some 4 %, as sources follow each other by minutes. */
  readonly maxSpread: string;
  readonly sources: readonly string[];
};

const stable: Limits = {
  min: "0.001",
  max: "5",
  maxStep: "0.1",
  maxSpread: "0.02",
  sources,
};

const price = (coin: Coin, name: string, limits: Limits) =>
  define({
    id: priceOf[coin],
    description: `The price of one ${name}.`,
    kind: Series_Kind.GAUGE,
    unit: Unit.USD,
    decimals: 8,
    ...limits,
    sources: [...limits.sources],
    heartbeat: { seconds: minute },
    // Twice the longest period of its sources, and a little: one call may fail.
    maxTransportAge: { seconds: 11n * minute },
    maxContentAge: { seconds: 15n * minute },
    minSources: 2,
    aggregation: Series_Aggregation.MEDIAN,
    trustTier: Series_TrustTier.TRADED,
    methodologyVersion: "median/v1",
    licenceClass: Series_LicenceClass.DERIVED,
  });

const peg = (coin: keyof typeof pegOf, name: string) =>
  define({
    id: pegOf[coin],
    description: `How far one ${name} is from one US dollar, signed: negative below.`,
    kind: Series_Kind.GAUGE,
    unit: Unit.BPS,
    decimals: 4,
    // What the price's own bounds come to.
    min: "-9990",
    max: "40000",
    heartbeat: { seconds: minute },
    maxTransportAge: { seconds: 11n * minute },
    maxContentAge: { seconds: 15n * minute },
    trustTier: Series_TrustTier.TRADED,
    methodologyVersion: "deviation/v1",
    licenceClass: Series_LicenceClass.DERIVED,
    zeroIsValid: true,
    sources: [...sources],
    derivation: {
      series: priceOf[coin],
      function: Derivation_Function.DEVIATION,
      reference: "1",
    },
  });

/** All of them. */
export const marketSeries: readonly Series[] = [
  price("btc", "bitcoin", {
    min: "1",
    max: "1000000",
    maxStep: "30000",
    maxSpread: "4000",
    sources,
  }),
  price("eth", "ether", { min: "0.1", max: "100000", maxStep: "750", maxSpread: "100", sources }),
  price("usdc", "USD Coin", stable),
  price("usdt", "Tether USD", stable),
  price("dai", "Dai", stable),
  peg("usdc", "USD Coin"),
  peg("usdt", "Tether USD"),
  peg("dai", "Dai"),
];
