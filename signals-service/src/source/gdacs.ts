/**
 * The alerts of GDACS, the Global Disaster Alert and Coordination System: hazards that began in
 * the last 30 days with an orange or red alert.
 *
 * An event may come as several features (a point, a track, polygons) and in many episodes: the
 * latest episode is the event. One that becomes green is taken back by no longer being listed.
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

const dayMs = 86_400_000;
const windowMs = 30 * dayMs;

/** What an answer holds at most. There are a few alerts a week. */
const limit = 100;

const green = { magnitude: "1", bps: 2500 };

/** The alert levels as magnitudes, and in basis points of the gravest. */
const levels: Readonly<Record<string, { readonly magnitude: string; readonly bps: number }>> = {
  green,
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
  const urlOf = (nowMs: number) => {
    const hazards = Object.keys(types).join(";");
    // A day more at each end, whatever they take for one.
    const [from, to] = [nowMs - windowMs - dayMs, nowMs + dayMs].map((ms) =>
      new Date(ms).toISOString().slice(0, 10),
    );
    const query = `eventlist=${hazards}&alertlevel=Orange;Red&fromDate=${from}&toDate=${to}`;
    return `${upstream.url}/gdacsapi/api/events/geteventlist/SEARCH?${query}`;
  };
  return {
    on: true,
    quota: { account: id, perMinute: 10, perDay: 1_000 },
    source: {
      id,
      account: id,
      periodMs: 300_000,
      series,
      async read(ask, nowMs) {
        const answer = await ask({ url: urlOf(nowMs) });
        return answer.ok ? readHazards(answer.value.json, nowMs) : answer;
      },
    },
  };
}

/** Reads an answer. */
export function readHazards(answer: unknown, nowMs: number): Result<SourceReadings, AskFailure> {
  const features = field(answer, "features");
  if (!Array.isArray(features)) return err(unexpected("not an event list"));
  const read = features.map((feature) => hazardOf(feature, nowMs));
  // The latest episode counts, even when it ends the alert.
  const hazards = latestOfEach(read.filter((one) => typeof one === "object"));
  const events = hazards.flatMap(({ event }) =>
    event.magnitude !== green.magnitude && event.occurMs >= nowMs - windowMs ? event : [],
  );
  // A month on earth without an alert there is not: an empty list is a broken one.
  if (events.length === 0) return err(unexpected("no alert that can be read"));
  const observeMs = Math.max(...hazards.map(({ modifiedMs }) => modifiedMs));
  const whole = features.length < limit && !read.includes("unreadable");
  return ok({
    readings: [{ series: gdacsEvents, value: undefined, observeMs, qualities: [] }],
    events,
    ...(whole ? { complete: [{ series: gdacsEvents, sinceMs: nowMs - windowMs + dayMs }] } : {}),
  });
}

type Hazard = {
  readonly episode: number;
  readonly modifiedMs: number;
  /** How well the feature says where the event is: its centre best. */
  readonly rank: number;
  readonly event: EventReading;
};

function hazardOf(feature: unknown, nowMs: number): Hazard | "unreadable" {
  const properties = field(feature, "properties");
  const hazard = text(field(properties, "eventtype"));
  const eventId = idOf(field(properties, "eventid"));
  const episode = idOf(field(properties, "episodeid"));
  const level = levels[(text(field(properties, "alertlevel")) ?? "").toLowerCase()];
  const occurMs = utcMs(text(field(properties, "fromdate")));
  const modifiedMs = utcMs(text(field(properties, "datemodified")));
  if (hazard === undefined || !/^[A-Z]{2}$/.test(hazard)) return "unreadable";
  if (level === undefined) return "unreadable";
  if (eventId === undefined || episode === undefined) return "unreadable";
  if (occurMs === undefined || modifiedMs === undefined) return "unreadable";
  if (isAhead(occurMs, nowMs) || isAhead(modifiedMs, nowMs)) return "unreadable";
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

function latestOfEach(hazards: readonly Hazard[]): readonly Hazard[] {
  const latest = new Map<string, Hazard>();
  for (const hazard of hazards) {
    const id = hazard.event.ids[0] ?? "";
    const known = latest.get(id);
    if (known === undefined || isLater(hazard, known)) latest.set(id, hazard);
  }
  return [...latest.values()];
}

function isLater(a: Hazard, b: Hazard): boolean {
  if (a.episode !== b.episode) return a.episode > b.episode;
  if (a.modifiedMs !== b.modifiedMs) return a.modifiedMs > b.modifiedMs;
  return a.rank > b.rank;
}
