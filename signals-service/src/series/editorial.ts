/** The series of World Monitor's own judgement, and of how much it covers. Pure data. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, hour, minute } from "./define.ts";

/** What World Monitor finds when several of its feeds move at once. */
export const crossSignals = "wm.cross_signal@v1";

/** Its verdict on the macro situation. */
export const macroVerdict = "macro.wm.verdict@v1";

/** The states of the verdict, by their values. */
export const verdicts = ["cash", "buy"] as const;

/** Bitcoin's price against its average of 200 days. */
export const mayerMultiple = "macro.wm.mayer_multiple@v1";

/** Fear and greed in crypto markets, as it passes it on. */
export const cryptoFearGreed = "macro.wm.fear_greed.crypto@v1";

/** Fear and greed in stock markets, its own composite. */
export const stockFearGreed = "macro.wm.fear_greed.stocks@v1";

/**
 * How many prediction markets its list has. The list itself isn't a signal: it leaves out a market
 * below 10 % and above 90 %, so one that makes up its mind disappears, and its ids are those of
 * events, whose market may be replaced. Prices of markets come from Polymarket, by condition id.
 */
export const predictionCount = "prediction.listed.count@v1";

/** What World Monitor says that stable coins cost: CoinGecko's word at second hand, and no vote. */
export const stableCoinPriceOf = {
  usdc: "wm.price.usdc.usd@v1",
  usdt: "wm.price.usdt.usd@v1",
  dai: "wm.price.dai.usd@v1",
} as const;

/** How many of the watched airports are closed or severely delayed. */
export const airportsSevere = "infra.airport.severe.count@v1";

const editorial = {
  trustTier: Series_TrustTier.EDITORIAL,
  licenceClass: Series_LicenceClass.DERIVED,
  heartbeat: { seconds: hour },
  maxTransportAge: { seconds: 150n * minute },
  maxContentAge: { seconds: 3n * hour },
} as const;

const fearGreed = {
  ...editorial,
  kind: Series_Kind.GAUGE,
  unit: Unit.INDEX_0_100,
  decimals: 2,
  min: "0",
  max: "100",
  maxStep: "50",
} as const;

const stableCoinPrice = (id: string) =>
  define({
    ...editorial,
    id,
    description:
      "The price of one stable coin as World Monitor passes it on, from CoinGecko or CoinPaprika.",
    kind: Series_Kind.GAUGE,
    unit: Unit.USD,
    decimals: 8,
    min: "0.001",
    max: "5",
    maxStep: "0.1",
    heartbeat: { seconds: 10n * minute },
    maxTransportAge: { seconds: 25n * minute },
    maxContentAge: { seconds: hour },
    methodologyVersion: "world-monitor/stablecoins/v1",
    sources: ["world-monitor.stablecoins"],
  });

/** All of them. */
export const editorialSeries: readonly Series[] = [
  ...Object.values(stableCoinPriceOf).map(stableCoinPrice),
  define({
    ...editorial,
    id: crossSignals,
    description:
      "Conspicuous events that World Monitor finds across its feeds, one for a type, a theater and 6 hours; the magnitude is the number of signals that make up a composite one.",
    kind: Series_Kind.EVENT,
    unit: Unit.COUNT,
    heartbeat: { seconds: 15n * minute },
    maxTransportAge: { seconds: 40n * minute },
    maxContentAge: { seconds: hour },
    licenceClass: Series_LicenceClass.STRUCTURED,
    methodologyVersion: "world-monitor/cross-source/v1",
    sources: ["world-monitor.cross-signals"],
  }),
  define({
    ...editorial,
    id: macroVerdict,
    description: "World Monitor's verdict on the macro situation, from seven of its signals.",
    kind: Series_Kind.STATE,
    unit: Unit.STATE,
    min: "0",
    max: "1",
    states: [...verdicts],
    zeroIsValid: true,
    methodologyVersion: "world-monitor/macro-signals/v1",
    sources: ["world-monitor.macro-signals"],
  }),
  define({
    ...editorial,
    id: mayerMultiple,
    description: "Bitcoin's price against its average of 200 days, as World Monitor computes it.",
    kind: Series_Kind.GAUGE,
    unit: Unit.RATIO,
    decimals: 4,
    min: "0.01",
    max: "20",
    maxStep: "1",
    methodologyVersion: "world-monitor/macro-signals/v1",
    sources: ["world-monitor.macro-signals"],
  }),
  define({
    ...fearGreed,
    id: cryptoFearGreed,
    description: "The index of fear and greed in crypto markets, as World Monitor passes it on.",
    methodologyVersion: "world-monitor/macro-signals/v1",
    sources: ["world-monitor.macro-signals"],
  }),
  define({
    ...fearGreed,
    id: stockFearGreed,
    description: "World Monitor's composite of fear and greed in stock markets.",
    heartbeat: { seconds: 3n * hour },
    maxTransportAge: { seconds: 7n * hour },
    maxContentAge: { seconds: 12n * hour },
    methodologyVersion: "world-monitor/fear-greed/v1",
    sources: ["world-monitor.fear-greed"],
  }),
  define({
    ...editorial,
    id: predictionCount,
    description:
      "How many prediction markets World Monitor lists: whether the list works, not what a market says.",
    kind: Series_Kind.GAUGE,
    unit: Unit.COUNT,
    min: "1",
    max: "10000",
    methodologyVersion: "world-monitor/prediction-list/v1",
    sources: ["world-monitor.predictions"],
  }),
  define({
    ...editorial,
    id: airportsSevere,
    description:
      "How many of the airports that World Monitor watches and knows something of are closed or severely delayed.",
    kind: Series_Kind.GAUGE,
    unit: Unit.COUNT,
    min: "0",
    max: "1000",
    zeroIsValid: true,
    methodologyVersion: "world-monitor/airport-delays/v1",
    sources: ["world-monitor.airport-delays"],
  }),
];
