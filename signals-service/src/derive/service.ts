/** What the publisher says of itself, worked out from what it publishes. Pure. */
import { type Observation, Quality } from "#gen/signal/v1/observation";
import { type Series, Series_Kind } from "#gen/signal/v1/series";
import { type Draft, inOrder } from "../aggregate/draft.ts";
import { expireMs } from "../normalise/age.ts";
import { one, roundedQuotient, roundTo, writeDecimal } from "../normalise/decimal.ts";
import type { Registry } from "../series/registry.ts";
import { coverageOf, domainOf, heartbeatSeries, serviceSource } from "../series/service.ts";

/** Doubts under which nobody should act. */
const unfit: ReadonlySet<Quality> = new Set([
  Quality.STALE_TRANSPORT,
  Quality.STALE_CONTENT,
  Quality.DEGRADED,
  Quality.FALLBACK_SOURCE,
  Quality.CONFLICTING,
  Quality.SIMULATED,
  Quality.WARMUP,
  Quality.OUT_OF_BOUNDS,
  Quality.STEP_LIMITED,
  Quality.UNAVAILABLE,
]);

/**
 * The publisher's own series at the time of a round. `registry`: what is published;
 * `beforeMs`: when the round before was. The first round has no heartbeat: it follows none.
 */
export function deriveService(
  registry: Registry,
  latest: ReadonlyMap<string, Observation>,
  publishMs: number,
  beforeMs: number | undefined,
): readonly Draft[] {
  return [...registry.values()].flatMap((series) => {
    if (series.id === heartbeatSeries) {
      const gapMs = beforeMs === undefined ? undefined : BigInt(publishMs - beforeMs);
      const units = gapMs === undefined ? undefined : roundedQuotient(gapMs * one, 1000n);
      return draftOf(series, units, publishMs);
    }
    const members = [...registry.values()].filter(
      ({ id }) => series.id === coverageOf(domainOf(id) ?? ""),
    );
    if (members.length === 0) return [];
    const fit = members.filter((member) => isFit(member, latest.get(member.id)));
    const ratio = roundedQuotient(BigInt(fit.length) * one, BigInt(members.length));
    return draftOf(series, ratio, publishMs);
  });
}

/** Whether a series says something that may be acted on. An event series says that it was read. */
export function isFit(series: Series, observation: Observation | undefined): boolean {
  if (observation === undefined) return false;
  const says = series.kind === Series_Kind.EVENT || observation.value !== undefined;
  return says && !observation.qualities.some((quality) => unfit.has(quality));
}

function draftOf(series: Series, units: bigint | undefined, nowMs: number): Draft {
  const isMissing = units === undefined;
  return {
    series: series.id,
    value: isMissing ? undefined : writeDecimal(roundTo(units, series.decimals)),
    low: undefined,
    high: undefined,
    confidenceBps: 0,
    observeMs: nowMs,
    fetchMs: nowMs,
    expireMs: expireMs({ observeMs: nowMs, fetchMs: nowMs }, series),
    sinceMs: undefined,
    sources: [serviceSource],
    evidence: [],
    qualities: inOrder(isMissing ? [Quality.WARMUP, Quality.UNAVAILABLE] : []),
  };
}
