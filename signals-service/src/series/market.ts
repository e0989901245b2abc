/** The series of markets. Pure data. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, minute } from "./define.ts";

/** The coins whose price is followed, by CoinGecko's id. */
export const coins = {
  bitcoin: "market.price.btc.usd@v1",
  ethereum: "market.price.eth.usd@v1",
  "usd-coin": "market.price.usdc.usd@v1",
} as const;

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

/** All of them. */
export const marketSeries: readonly Series[] = [
  price(coins.bitcoin, "bitcoin", "10000000", "30000"),
  price(coins.ethereum, "ether", "1000000", "1500"),
  price(coins["usd-coin"], "USD Coin", "10", "0.5"),
];
