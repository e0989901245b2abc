/** The series of trade routes. Pure data. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, hour, minute } from "./define.ts";

/**
 * The chokepoints whose flow is followed, by World Monitor's id: those with a baseline to compare
 * with. The other six that it lists never get a flow.
 */
export const chokepoints = {
  bab_el_mandeb: "Bab el-Mandeb",
  bosphorus: "the Bosphorus",
  dover_strait: "the Strait of Dover",
  hormuz_strait: "the Strait of Hormuz",
  malacca_strait: "the Strait of Malacca",
  panama: "the Panama Canal",
  suez: "the Suez Canal",
} as const;

/** The series of a chokepoint's flow. */
export function flowRatioOf(chokepoint: string): string {
  return `supply.flow_ratio.${chokepoint}@v1`;
}

/** All of them. */
export const supplySeries: readonly Series[] = Object.entries(chokepoints).map(([id, name]) =>
  define({
    id: flowRatioOf(id),
    description: `How much oil passes ${name} in 7 days against the 90 days before, estimated by World Monitor from PortWatch.`,
    kind: Series_Kind.GAUGE,
    unit: Unit.RATIO,
    decimals: 3,
    min: "0",
    max: "1.5",
    maxStep: "0.5",
    heartbeat: { seconds: hour },
    maxTransportAge: { seconds: 150n * minute },
    maxContentAge: { seconds: 12n * hour },
    trustTier: Series_TrustTier.EDITORIAL,
    methodologyVersion: "world-monitor/flow-estimate/v1",
    licenceClass: Series_LicenceClass.DERIVED,
    zeroIsValid: true,
    sources: ["world-monitor.chokepoints"],
  }),
);
