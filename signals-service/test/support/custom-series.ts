/** A publisher's series for tests. */

/** A series as the setting `PUBLISHERS` has it. */
export function customSeries(id: string, changes: Record<string, unknown> = {}) {
  return {
    id,
    description: "A level.",
    kind: "KIND_GAUGE",
    unit: "UNIT_PERCENT",
    decimals: 2,
    min: "0",
    max: "100",
    heartbeat: "60s",
    maxTransportAge: "300s",
    maxContentAge: "900s",
    trustTier: "TRUST_TIER_CURATED",
    methodologyVersion: "v1",
    licenceClass: "LICENCE_CLASS_DERIVED",
    zeroIsValid: true,
    ...changes,
  };
}
