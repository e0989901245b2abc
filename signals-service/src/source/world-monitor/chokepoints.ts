/**
 * World Monitor's chokepoints: how much passes them. The flow is read, not `disruptionScore`, which
 * is a fixed weight for each place and little else.
 *
 * `fetchedAt` is when the answer was put together. The flows in it are as old as their own seed.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { flowRatioOf, chokepoints as followed } from "../../series/supply.ts";
import { decimal, field, finite, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "../source.ts";
import { utcMs } from "../time.ts";
import { createEndpoint } from "./endpoint.ts";
import type { SeedAge } from "./seed-health.ts";

const ids = Object.keys(followed);

/** The largest flow that it can say. */
const maxRatio = 1.5;

/** Creates the source. */
export function chokepoints(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "chokepoints",
    path: "/api/supply-chain/v1/get-chokepoint-status",
    periodMs: 3_600_000,
    series: ids.map(flowRatioOf),
    seeds: ["energy:chokepoint-flows"],
    readAged: readChokepoints,
  });
}

/** Reads an answer. */
export function readChokepoints(
  answer: unknown,
  age: SeedAge | undefined,
): Result<SourceReadings, AskFailure> {
  const rows = field(answer, "chokepoints");
  if (!Array.isArray(rows)) return err(unexpected("no chokepoints"));
  const builtMs = utcMs(text(field(answer, "fetchedAt")));
  const observeMs =
    age === undefined || builtMs === undefined ? undefined : Math.min(age.fetchMs, builtMs);
  const usable = field(answer, "upstreamUnavailable") !== true && rows.some(hasTransits);
  const readings = ids.map((id) => {
    const found = rows.filter((row) => field(row, "id") === id);
    return {
      series: flowRatioOf(id),
      value: usable && found.length === 1 ? decimal(ratioOf(found[0]), 3) : undefined,
      observeMs,
      qualities: [
        Quality.EDITORIAL_INPUT,
        ...(age === undefined || age.stale ? [Quality.STALE_CONTENT] : []),
      ],
    };
  });
  return ok({ readings, events: [] });
}

/** A strait may be empty for a day. All at once are a feed that is. */
function hasTransits(row: unknown): boolean {
  return (finite(field(field(row, "transitSummary"), "todayTotal")) ?? 0) > 0;
}

/** The flow, when there is one to compare with: a flow that was left out reads 0 of 0. */
function ratioOf(row: unknown): number | undefined {
  if (field(field(row, "transitSummary"), "dataAvailable") !== true) return undefined;
  const flow = field(row, "flowEstimate");
  const ratio = finite(field(flow, "flowRatio"));
  const baseline = finite(field(flow, "baselineMbd"));
  const current = finite(field(flow, "currentMbd"));
  if (ratio === undefined || current === undefined) return undefined;
  if (baseline === undefined || baseline <= 0) return undefined;
  // Another unit, such as percent, is refused, not converted.
  return ratio >= 0 && ratio <= maxRatio ? ratio : undefined;
}
