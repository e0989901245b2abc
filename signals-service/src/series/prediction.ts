/** The series of prediction markets. Pure data; which there are is the deployment's choice. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, hour, minute } from "./define.ts";

/** The series of a market of Polymarket by its condition id, without `0x`. */
export function probabilityOf(condition: string): string {
  return `prediction.prob.polymarket.${condition}@v1`;
}

/** The series of markets. One named twice counts once. */
export function predictionSeries(conditions: readonly string[]): readonly Series[] {
  return [...new Set(conditions)].map((condition) =>
    define({
      id: probabilityOf(condition),
      description: `The probability of "Yes" that Polymarket's book gives to 0x${condition}.`,
      kind: Series_Kind.GAUGE,
      unit: Unit.PROBABILITY,
      decimals: 6,
      min: "0.0001",
      max: "0.9999",
      maxStep: "0.3",
      heartbeat: { seconds: minute },
      maxTransportAge: { seconds: 10n * minute },
      maxContentAge: { seconds: hour },
      trustTier: Series_TrustTier.CROWD,
      methodologyVersion: "polymarket/book-mid/v1",
      licenceClass: Series_LicenceClass.DERIVED,
      sources: ["polymarket"],
    }),
  );
}
