/** The USGS earthquake feed (GeoJSON, magnitude 4.5 and above, the last day). */
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { quakeEvents, quakeMax } from "../series/natural.ts";
import { decimal, field, finite, list, text } from "./json.ts";
import type { Upstream } from "./settings.ts";
import {
  type AskFailure,
  type Configured,
  type EventReading,
  type SourceReadings,
  unexpected,
} from "./source.ts";

const dayMs = 86_400_000;

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
const series = [quakeEvents, quakeMax];

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
  const generatedMs = finite(field(field(answer, "metadata"), "generated"));
  const features = field(answer, "features");
  if (!Array.isArray(features) || generatedMs === undefined) {
    return err(unexpected("not a summary feed"));
  }
  const events = list(features).flatMap((feature) => eventOf(feature) ?? []);
  const recent = events
    .filter((event) => event.status !== Event_Status.RETRACTED)
    .filter((event) => event.occurMs > nowMs - dayMs && event.type === "earthquake")
    .flatMap((event) => (event.magnitude === undefined ? [] : Number(event.magnitude)));
  return ok({
    readings: [
      { series: quakeEvents, value: undefined, observeMs: generatedMs, qualities: [] },
      {
        series: quakeMax,
        // A day without a large earthquake has no largest one.
        value: recent.length === 0 ? undefined : decimal(Math.max(...recent), 2),
        observeMs: generatedMs,
        qualities: recent.length === 0 ? [Quality.UNAVAILABLE] : [],
      },
    ],
    events,
  });
}

function eventOf(feature: unknown): EventReading | undefined {
  const properties = field(feature, "properties");
  const id = text(field(feature, "id"));
  const occurMs = finite(field(properties, "time"));
  const status = statuses[text(field(properties, "status")) ?? ""];
  if (id === undefined || occurMs === undefined || status === undefined) return undefined;
  const others = (text(field(properties, "ids")) ?? "").split(",").filter((other) => other !== "");
  const [longitude, latitude, depth] = list(field(field(feature, "geometry"), "coordinates"));
  const [lat, lon] = [finite(latitude), finite(longitude)];
  const placeName = text(field(properties, "place"));
  const depthKm = decimal(finite(depth), 2);
  return {
    series: quakeEvents,
    ids: [...new Set([id, ...others])].map((one) => `usgs:${one}`),
    status,
    type: text(field(properties, "type")) ?? "",
    severityBps: alerts[text(field(properties, "alert")) ?? ""] ?? 0,
    magnitude: decimal(finite(field(properties, "mag")), 2),
    occurMs,
    place:
      lat === undefined || lon === undefined
        ? undefined
        : { latitudeE6: Math.round(lat * 1e6), longitudeE6: Math.round(lon * 1e6) },
    attributes: {
      ...(placeName === undefined ? {} : { place: placeName.slice(0, 64) }),
      ...(depthKm === undefined ? {} : { depth_km: depthKm }),
    },
  };
}
