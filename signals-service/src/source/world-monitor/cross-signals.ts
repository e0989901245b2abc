/**
 * World Monitor's cross-source signals: what is conspicuous across its feeds. Their ids name a place,
 * not an occurrence, and most are dated anew with each evaluation: `unrest:middle-east` is back every
 * quarter of an hour. One of a type in a theater within six hours counts as one event.
 */
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { crossSignals as series } from "../../series/editorial.ts";
import { decimal, field, finite, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import {
  type AskFailure,
  type Configured,
  type EventReading,
  type SourceReadings,
  unexpected,
} from "../source.ts";
import { isAhead } from "../time.ts";
import { createEndpoint } from "./endpoint.ts";

const hourMs = 3_600_000;
const bucketMs = 6 * hourMs;

const severities: Readonly<Record<string, number>> = {
  CROSS_SOURCE_SIGNAL_SEVERITY_LOW: 2500,
  CROSS_SOURCE_SIGNAL_SEVERITY_MEDIUM: 5000,
  CROSS_SOURCE_SIGNAL_SEVERITY_HIGH: 7500,
  CROSS_SOURCE_SIGNAL_SEVERITY_CRITICAL: 10_000,
};

const prefix = "CROSS_SOURCE_SIGNAL_TYPE_";

/** The types, in its words. */
const types = new Set([
  "COMPOSITE_ESCALATION",
  "THERMAL_SPIKE",
  "GPS_JAMMING",
  "MILITARY_FLIGHT_SURGE",
  "UNREST_SURGE",
  "OREF_ALERT_CLUSTER",
  "VIX_SPIKE",
  "COMMODITY_SHOCK",
  "CYBER_ESCALATION",
  "SHIPPING_DISRUPTION",
  "SANCTIONS_SURGE",
  "EARTHQUAKE_SIGNIFICANT",
  "RADIATION_ANOMALY",
  "INFRASTRUCTURE_OUTAGE",
  "WILDFIRE_ESCALATION",
  "DISPLACEMENT_SURGE",
  "FORECAST_DETERIORATION",
  "MARKET_STRESS",
  "WEATHER_EXTREME",
  "MEDIA_TONE_DETERIORATION",
  "RISK_SCORE_SPIKE",
  "PHYSICAL_PREMIUM_REGIME_TRANSITION",
]);

/** Its names of theaters. Any other is somebody's text and stays here. */
const theaters = new Set([
  "Arctic",
  "East Asia",
  "Eastern Europe",
  "Global",
  "Global Markets",
  "Latin America",
  "Middle East",
  "North America",
  "Persian Gulf",
  "Red Sea",
  "South Asia",
  "Sub-Saharan Africa",
  "Western Europe",
]);

/** Creates the source. */
export function crossSignals(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "cross-signals",
    path: "/api/intelligence/v1/list-cross-source-signals",
    periodMs: 900_000,
    series: [series],
    read: readCrossSignals,
  });
}

/** Reads an answer. */
export function readCrossSignals(
  answer: unknown,
  nowMs: number,
): Result<SourceReadings, AskFailure> {
  const rows = field(answer, "signals");
  if (!Array.isArray(rows)) return err(unexpected("no signals"));
  const evaluatedMs = finite(field(answer, "evaluatedAt"));
  const observeMs = evaluatedMs !== undefined && evaluatedMs > 0 ? evaluatedMs : undefined;
  const coverage = { series, value: undefined, observeMs, qualities: [Quality.EDITORIAL_INPUT] };
  if (observeMs === undefined) {
    const qualities = [...coverage.qualities, Quality.UNAVAILABLE];
    return ok({ readings: [{ ...coverage, qualities }], events: [] });
  }
  const events = new Map<string, EventReading>();
  for (const row of rows) {
    const event = eventOf(row, nowMs);
    const id = event?.ids[0];
    if (event === undefined || id === undefined) continue;
    const before = events.get(id);
    if (before === undefined || before.severityBps < event.severityBps) events.set(id, event);
  }
  return ok({ readings: [coverage], events: [...events.values()] });
}

function eventOf(row: unknown, nowMs: number): EventReading | undefined {
  const type = (text(field(row, "type")) ?? "").replace(prefix, "");
  const severityBps = severities[text(field(row, "severity")) ?? ""];
  const detectedMs = finite(field(row, "detectedAt"));
  if (!types.has(type) || severityBps === undefined) return undefined;
  if (detectedMs === undefined || detectedMs <= 0 || isAhead(detectedMs, nowMs)) return undefined;
  const named = text(field(row, "theater")) ?? "";
  const theater = theaters.has(named) ? named.toLowerCase().replace(/[^a-z]+/g, "_") : "other";
  const bucket = new Date(Math.floor(detectedMs / bucketMs) * bucketMs).toISOString().slice(0, 13);
  const composite = type === "COMPOSITE_ESCALATION";
  const count = composite ? finite(field(row, "signalCount")) : undefined;
  return {
    series,
    ids: [`wm-x:${type.toLowerCase()}:${theater}:${bucket}`],
    status: Event_Status.PRELIMINARY,
    type: type.toLowerCase(),
    severityBps,
    magnitude: count !== undefined && count > 0 ? decimal(count, 0) : undefined,
    // It is dated anew each time; a revision an hour says enough of how long it lasts.
    occurMs: Math.floor(detectedMs / hourMs) * hourMs,
    place: undefined,
    qualities: [Quality.EDITORIAL_INPUT],
    attributes: { theater },
  };
}
