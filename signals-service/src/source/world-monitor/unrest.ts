/**
 * World Monitor's unrest: ACLED's list, which is curated and days late, and places that many articles
 * of GDELT name. Its filters are ignored there, so the answer is filtered here.
 */
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { countries, unrestEvents } from "../../series/geo.ts";
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
import { countryCode } from "./countries.ts";
import { createEndpoint } from "./endpoint.ts";
import { placeOf } from "./place.ts";
import { isPlausible, type SeedAge } from "./seed-health.ts";

const dayMs = 86_400_000;

/** What is grave enough. The rest, half of the list, would only crowd it out. */
const severities: Readonly<Record<string, number>> = {
  SEVERITY_LEVEL_HIGH: 7500,
  SEVERITY_LEVEL_CRITICAL: 10_000,
};

const types: Readonly<Record<string, string>> = {
  UNREST_EVENT_TYPE_PROTEST: "protest",
  UNREST_EVENT_TYPE_RIOT: "riot",
  UNREST_EVENT_TYPE_STRIKE: "strike",
  UNREST_EVENT_TYPE_DEMONSTRATION: "demonstration",
  UNREST_EVENT_TYPE_CIVIL_UNREST: "civil_unrest",
};

const origins: Readonly<Record<string, string>> = {
  UNREST_SOURCE_TYPE_ACLED: "acled",
  UNREST_SOURCE_TYPE_GDELT: "gdelt",
  UNREST_SOURCE_TYPE_RSS: "rss",
};

const confidences: Readonly<Record<string, number>> = {
  CONFIDENCE_LEVEL_LOW: 2500,
  CONFIDENCE_LEVEL_MEDIUM: 5000,
  CONFIDENCE_LEVEL_HIGH: 7500,
};

/** Creates the source. */
export function unrest(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "unrest",
    path: "/api/unrest/v1/list-unrest-events",
    periodMs: 3_600_000,
    series: [unrestEvents],
    seeds: ["unrest:events"],
    readAged: readUnrest,
  });
}

/** Reads an answer. */
export function readUnrest(
  answer: unknown,
  age: SeedAge | undefined,
  nowMs: number,
): Result<SourceReadings, AskFailure> {
  const rows = field(answer, "events");
  if (!Array.isArray(rows)) return err(unexpected("no events"));
  const coverage = {
    series: unrestEvents,
    value: undefined,
    observeMs: age?.fetchMs,
    qualities: [
      Quality.EDITORIAL_INPUT,
      ...(age === undefined || age.stale ? [Quality.STALE_CONTENT] : []),
    ],
  };
  if (age === undefined || !isPlausible(rows, age)) {
    const qualities = [...coverage.qualities, Quality.UNAVAILABLE];
    return ok({ readings: [{ ...coverage, observeMs: undefined, qualities }], events: [] });
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
  const atMs = finite(field(row, "occurredAt"));
  const severityBps = severities[text(field(row, "severity")) ?? ""];
  const type = types[text(field(row, "eventType")) ?? ""];
  const origin = origins[text(field(row, "sourceType")) ?? ""];
  const country = countryCode(text(field(row, "country")));
  if (atMs === undefined || atMs <= 0 || isAhead(atMs, nowMs)) return undefined;
  if (severityBps === undefined || type === undefined || origin === undefined) return undefined;
  if (country === undefined || !(countries as readonly string[]).includes(country))
    return undefined;
  const place = placeOf(field(row, "location"));
  const occurMs = Math.floor(atMs / dayMs) * dayMs;
  const id = idOf(row, origin, place, occurMs);
  if (id === undefined) return undefined;
  const deaths = finite(field(row, "fatalities"));
  const confidenceBps = confidences[text(field(row, "confidence")) ?? ""];
  return {
    series: unrestEvents,
    ids: [id],
    // A count of articles is nothing that anybody has checked.
    status: origin === "acled" ? Event_Status.CONFIRMED : Event_Status.PRELIMINARY,
    type,
    severityBps,
    // Zero deaths are also what nobody counted.
    magnitude: deaths !== undefined && deaths > 0 ? decimal(deaths, 0) : undefined,
    occurMs,
    place,
    ...(confidenceBps === undefined ? {} : { confidenceBps }),
    qualities: origin === "acled" ? [] : [Quality.EDITORIAL_INPUT],
    attributes: { country, origin },
  };
}

/**
 * ACLED's ids are stable. The others hold the time of the fetch: the same place would be another
 * event every hour, so it is one a day.
 */
function idOf(
  row: unknown,
  origin: string,
  place: EventReading["place"],
  occurMs: number,
): string | undefined {
  const upstreamId = text(field(row, "id")) ?? "";
  if (origin === "acled") {
    return /^acled-[A-Za-z0-9]{1,32}$/.test(upstreamId) ? `wm:${upstreamId}` : undefined;
  }
  if (place === undefined) return undefined;
  const day = new Date(occurMs).toISOString().slice(0, 10);
  const [lat, lon] = [place.latitudeE6, place.longitudeE6].map((e6) => (e6 / 1e6).toFixed(1));
  return `wm:${origin}:${lat}:${lon}:${day}`;
}
