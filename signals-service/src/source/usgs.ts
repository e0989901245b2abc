/**
 * The USGS earthquake feed (GeoJSON, magnitude 4.5 and above, the last day).
 *
 * An event that is taken back is mostly just left out: an answer that is surely whole says so, and
 * then what it doesn't have is gone. An event may be listed under each of its ids.
 */
import { Event_Status } from "#gen/signal/v1/event";
import { err, ok, type Result } from "#protocol/result";
import { quakeEvents } from "../series/natural.ts";
import { decimal, field, finite, list, text } from "./json.ts";
import { placeOf } from "./place.ts";
import type { Upstream } from "./settings.ts";
import {
  type AskFailure,
  type Configured,
  type EventReading,
  type SourceReadings,
  unexpected,
} from "./source.ts";
import { isAhead } from "./time.ts";

const dayMs = 86_400_000;
const leastMagnitude = 4.5;

/** How far from the feed's own edge a missing event is surely gone: its time may be corrected. */
const marginMs = 120_000;

/** An older answer comes out of some cache, and may lack what a newer one had. */
const freshMs = 300_000;

/** PAGER alert levels, in basis points of the gravest. */
const alerts: Readonly<Record<string, number>> = {
  green: 2500,
  yellow: 5000,
  orange: 7500,
  red: 10_000,
};

const statuses: Readonly<Record<string, Event_Status>> = {
  automatic: Event_Status.PRELIMINARY,
  reviewed: Event_Status.CONFIRMED,
  deleted: Event_Status.RETRACTED,
};

const id = "usgs";
const series = [quakeEvents];

/** Creates the source. */
export function usgs(upstream: Upstream | undefined): Configured {
  if (upstream === undefined) return { on: false, id, series, why: "USGS_URL is not set" };
  const url = `${upstream.url}/earthquakes/feed/v1.0/summary/4.5_day.geojson`;
  return {
    on: true,
    quota: { account: id, perMinute: 30, perDay: 5_000 },
    source: {
      id,
      account: id,
      periodMs: 60_000,
      series,
      async read(ask, nowMs) {
        const answer = await ask({ url });
        return answer.ok ? readQuakes(answer.value.json, nowMs) : answer;
      },
    },
  };
}

/** Reads an answer. */
export function readQuakes(answer: unknown, nowMs: number): Result<SourceReadings, AskFailure> {
  const metadata = field(answer, "metadata");
  const generatedMs = finite(field(metadata, "generated"));
  const features = field(answer, "features");
  if (!Array.isArray(features) || generatedMs === undefined) {
    return err(unexpected("not a summary feed"));
  }
  if (isAhead(generatedMs, nowMs)) return err(unexpected("generated in the future"));
  const read = features.map((feature) => quakeOf(feature, nowMs));
  const whole =
    field(metadata, "count") === features.length &&
    !read.includes("unreadable") &&
    nowMs - generatedMs <= freshMs;
  return ok({
    readings: [{ series: quakeEvents, value: undefined, observeMs: generatedMs, qualities: [] }],
    events: latestOfEach(read.filter((one) => typeof one === "object")),
    ...(whole
      ? { complete: [{ series: quakeEvents, sinceMs: generatedMs - dayMs + marginMs }] }
      : {}),
  });
}

type Quake = { readonly updatedMs: number; readonly event: EventReading };

function quakeOf(feature: unknown, nowMs: number): Quake | "unreadable" | "foreign" {
  const properties = field(feature, "properties");
  const preferred = text(field(feature, "id"));
  const occurMs = finite(field(properties, "time"));
  const status = statuses[text(field(properties, "status")) ?? ""];
  const type = text(field(properties, "type"));
  const mag = field(properties, "mag") ?? undefined;
  const magnitude = finite(mag);
  if (!preferred || occurMs === undefined || status === undefined || type === undefined) {
    return "unreadable";
  }
  if ((mag !== undefined && magnitude === undefined) || isAhead(occurMs, nowMs)) {
    return "unreadable";
  }
  // The feed's name promises all this, and a mirror or a cache may not keep it.
  const small = magnitude !== undefined && magnitude < leastMagnitude;
  if (small || type !== "earthquake" || occurMs < nowMs - 2 * dayMs) return "foreign";
  const others = (text(field(properties, "ids")) ?? "").split(",").filter((other) => other !== "");
  const depthKm = decimal(finite(list(field(field(feature, "geometry"), "coordinates"))[2]), 2);
  const placeName = text(field(properties, "place"));
  const event = {
    series: quakeEvents,
    ids: [...new Set([preferred, ...others])].map((one) => `usgs:${one}`),
    status,
    type,
    severityBps: alerts[text(field(properties, "alert")) ?? ""] ?? 0,
    magnitude: decimal(magnitude, 2),
    occurMs,
    place: placeOf(feature),
    attributes: {
      ...(placeName === undefined ? {} : { place: placeName.slice(0, 64) }),
      ...(depthKm === undefined ? {} : { depth_km: depthKm }),
    },
  };
  return { updatedMs: finite(field(properties, "updated")) ?? occurMs, event };
}

/** Features that share an id are one event, as it was updated last, under all their ids. */
function latestOfEach(quakes: readonly Quake[]): readonly EventReading[] {
  const events: EventReading[] = [];
  for (const { event } of [...quakes].sort((a, b) => b.updatedMs - a.updatedMs)) {
    const at = events.findIndex(({ ids }) => ids.some((id) => event.ids.includes(id)));
    const kept = events[at];
    if (kept === undefined) events.push(event);
    else events[at] = { ...kept, ids: [...new Set([...kept.ids, ...event.ids])] };
  }
  return events;
}
