/**
 * The alerts of GDACS, the Global Disaster Alert and Coordination System: hazards that began in
 * the last 30 days.
 *
 * An event comes as several features (a point, a track, polygons) and in many episodes: the
 * latest episode is the event. What is no longer listed is over, not taken back.
 */
import { Event_Status } from "#gen/signal/v1/event";
import { err, ok, type Result } from "#protocol/result";
import { gdacsEvents } from "../series/natural.ts";
import { decimal, field, finite, list, text } from "./json.ts";
import { type Place, placeOf } from "./place.ts";
import type { Upstream } from "./settings.ts";
import {
  type AskFailure,
  type Configured,
  type EventReading,
  type SourceReadings,
  unexpected,
} from "./source.ts";
import { isAhead, utcMs } from "./time.ts";

const windowMs = 30 * 86_400_000;

/** The alert levels as magnitudes, and in basis points of the gravest. */
const levels: Readonly<Record<string, { readonly magnitude: string; readonly bps: number }>> = {
  green: { magnitude: "1", bps: 2500 },
  orange: { magnitude: "2", bps: 7500 },
  red: { magnitude: "3", bps: 10_000 },
};

const types: Readonly<Record<string, string>> = {
  DR: "drought",
  EQ: "earthquake",
  FL: "flood",
  TC: "cyclone",
  TS: "tsunami",
  VO: "volcano",
  WF: "wildfire",
};

const id = "gdacs";
const series = [gdacsEvents];

/** Creates the source. */
export function gdacs(upstream: Upstream | undefined): Configured {
  if (upstream === undefined) return { on: false, id, series, why: "GDACS_URL is not set" };
  const url = `${upstream.url}/gdacsapi/api/events/geteventlist/MAP`;
  return {
    on: true,
    quota: { account: id, perMinute: 10, perDay: 1_000 },
    source: {
      id,
      account: id,
      periodMs: 300_000,
      series,
      async read(ask, nowMs) {
        const answer = await ask({ url });
        return answer.ok ? readHazards(answer.value.json, nowMs) : answer;
      },
    },
  };
}

/** Reads an answer. */
export function readHazards(answer: unknown, nowMs: number): Result<SourceReadings, AskFailure> {
  const features = field(answer, "features");
  if (!Array.isArray(features)) return err(unexpected("not an event list"));
  const hazards = list(features).flatMap((feature) => hazardOf(feature, nowMs) ?? []);
  // The earth is never without a hazard: an empty list is a broken one.
  if (hazards.length === 0) return err(unexpected("no event that can be read"));
  const observeMs = Math.max(...hazards.map(({ modifiedMs }) => modifiedMs));
  const recent = hazards.filter(({ event }) => event.occurMs >= nowMs - windowMs);
  return ok({
    readings: [{ series: gdacsEvents, value: undefined, observeMs, qualities: [] }],
    events: latestOfEach(recent),
  });
}

type Hazard = {
  readonly episode: number;
  readonly modifiedMs: number;
  /** How well the feature says where the event is: its centre best. */
  readonly rank: number;
  readonly event: EventReading;
};

function hazardOf(feature: unknown, nowMs: number): Hazard | undefined {
  const properties = field(feature, "properties");
  const hazard = text(field(properties, "eventtype"));
  const eventId = idOf(field(properties, "eventid"));
  const episode = idOf(field(properties, "episodeid"));
  const level = levels[(text(field(properties, "alertlevel")) ?? "").toLowerCase()];
  const occurMs = utcMs(text(field(properties, "fromdate")));
  const modifiedMs = utcMs(text(field(properties, "datemodified")));
  if (hazard === undefined || !/^[A-Z]{2}$/.test(hazard) || level === undefined) return undefined;
  if (eventId === undefined || episode === undefined) return undefined;
  if (occurMs === undefined || modifiedMs === undefined) return undefined;
  if (isAhead(occurMs, nowMs) || isAhead(modifiedMs, nowMs)) return undefined;
  const place = placeOf(feature);
  return {
    episode: Number(episode),
    modifiedMs,
    rank: rankOf(place, properties),
    event: {
      series: gdacsEvents,
      ids: [`gdacs:${hazard}:${eventId}`],
      status: statusOf(properties),
      type: types[hazard] ?? "other",
      severityBps: level.bps,
      magnitude: level.magnitude,
      occurMs,
      place,
      attributes: { hazard, episode, ...severityOf(properties), ...countryOf(properties) },
    },
  };
}

/** An id: a whole number, or one in words. */
function idOf(value: unknown): string | undefined {
  const id = typeof value === "number" ? String(value) : text(value);
  return id !== undefined && /^\d{1,12}$/.test(id) ? id : undefined;
}

/** Truth values are words there. */
function statusOf(properties: unknown): Event_Status {
  if (String(field(properties, "iscurrent")) === "false") return Event_Status.CLOSED;
  return String(field(properties, "istemporary")) === "true"
    ? Event_Status.PRELIMINARY
    : Event_Status.CONFIRMED;
}

function severityOf(properties: unknown): Record<string, string> {
  const data = field(properties, "severitydata");
  const severity = decimal(finite(field(data, "severity")), 2);
  return severity === undefined ? {} : { severity };
}

/** The first country that is affected; an event at sea has none. */
function countryOf(properties: unknown): Record<string, string> {
  const country = text(field(list(field(properties, "affectedcountries"))[0], "iso2"));
  return country !== undefined && /^[A-Z]{2}$/.test(country) ? { country } : {};
}

function rankOf(place: Place | undefined, properties: unknown): number {
  if (place === undefined) return 0;
  return text(field(properties, "Class")) === "Point_Centroid" ? 2 : 1;
}

function latestOfEach(hazards: readonly Hazard[]): readonly EventReading[] {
  const latest = new Map<string, Hazard>();
  for (const hazard of hazards) {
    const id = hazard.event.ids[0] ?? "";
    const known = latest.get(id);
    if (known === undefined || isLater(hazard, known)) latest.set(id, hazard);
  }
  return [...latest.values()].map(({ event }) => event);
}

function isLater(a: Hazard, b: Hazard): boolean {
  if (a.episode !== b.episode) return a.episode > b.episode;
  if (a.modifiedMs !== b.modifiedMs) return a.modifiedMs > b.modifiedMs;
  return a.rank > b.rank;
}
