/** The series of the publisher itself: that it lives, and how much of each domain is fit for use. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, hour, minute } from "./define.ts";

/** The source of the publisher's own series. */
export const serviceSource = "metavault";

/** How long after the round before the latest one came. */
export const heartbeatSeries = "svc.heartbeat@v1";

/** The domain of a series, the first part of its id. `undefined` for the publisher's own. */
export function domainOf(id: string): string | undefined {
  const [domain = ""] = id.split(".");
  return domain === "svc" ? undefined : domain;
}

/** The series of how much of a domain is fit for use. */
export function coverageOf(domain: string): string {
  return `svc.coverage.${domain}@v1`;
}

/** The publisher's own series next to the given ones. */
export function serviceSeries(others: readonly Series[]): readonly Series[] {
  const published = others.filter((one) => one.licenceClass !== Series_LicenceClass.INTERNAL);
  const domains = new Set(published.flatMap(({ id }) => domainOf(id) ?? []));
  return [heartbeat, ...[...domains].sort().map(coverage)];
}

const common = () => ({
  kind: Series_Kind.GAUGE,
  min: "0",
  heartbeat: { seconds: minute },
  maxTransportAge: { seconds: 5n * minute },
  maxContentAge: { seconds: 5n * minute },
  trustTier: Series_TrustTier.CURATED,
  licenceClass: Series_LicenceClass.PUBLIC,
  zeroIsValid: true,
  sources: [serviceSource],
});

const heartbeat = define({
  ...common(),
  id: heartbeatSeries,
  description: "How long after the round before the latest one was published.",
  unit: Unit.SECOND,
  decimals: 3,
  max: String(365n * 24n * hour),
  methodologyVersion: "metavault/heartbeat/v1",
});

const coverage = (domain: string) =>
  define({
    ...common(),
    id: coverageOf(domain),
    description: `The part of the series of ${domain} that is fit to be acted on.`,
    unit: Unit.RATIO,
    decimals: 4,
    max: "1",
    methodologyVersion: "metavault/coverage/v1",
  });
