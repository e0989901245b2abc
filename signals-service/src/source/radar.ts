/**
 * The outages of the internet that Cloudflare Radar annotates: written by people, one or two a week.
 *
 * An annotation of several countries is one event in each of them.
 */
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { outageEvents } from "../series/infra.ts";
import { field, list, text } from "./json.ts";
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
const windowMs = 84 * dayMs;

/** Many times what is annotated in twelve weeks. */
const limit = 100;

/** How grave the types are, as magnitudes and in basis points of the gravest. */
const extents: Readonly<Record<string, { readonly magnitude: string; readonly bps: number }>> = {
  NETWORK: { magnitude: "1", bps: 2500 },
  PLATFORM: { magnitude: "1", bps: 2500 },
  REGIONAL: { magnitude: "2", bps: 7500 },
  NATIONWIDE: { magnitude: "3", bps: 10_000 },
};

/** The least that an outage can be: what is known of one of an unknown type. */
const leastExtent = { magnitude: "1", bps: 2500 };

const id = "radar";
const series = [outageEvents];

/** Creates the source. */
export function radar(upstream: Upstream | undefined): Configured {
  if (upstream === undefined) return { on: false, id, series, why: "RADAR_URL is not set" };
  const { url, key } = upstream;
  if (key === undefined) return { on: false, id, series, why: "RADAR_KEY is not set" };
  const query = `dateRange=12w&limit=${limit}&format=json`;
  const request = {
    url: `${url}/client/v4/radar/annotations/outages?${query}`,
    headers: { authorization: `Bearer ${key}` },
  };
  return {
    on: true,
    quota: { account: id, perMinute: 10, perDay: 500 },
    source: {
      id,
      account: id,
      periodMs: 900_000,
      series,
      async read(ask, nowMs) {
        const answer = await ask(request);
        return answer.ok ? readOutages(answer.value.json, nowMs) : answer;
      },
    },
  };
}

/** Reads an answer. */
export function readOutages(answer: unknown, nowMs: number): Result<SourceReadings, AskFailure> {
  const annotations = field(field(answer, "result"), "annotations");
  if (field(answer, "success") !== true || !Array.isArray(annotations)) {
    return err(unexpected("no annotations"));
  }
  // There is an outage somewhere in any twelve weeks: an empty list is a broken one.
  if (annotations.length === 0) return err(unexpected("not one annotation"));
  const read = annotations.map((annotation) => outagesOf(annotation, nowMs));
  const whole = annotations.length < limit && !read.includes("unreadable");
  const events = new Map<string, EventReading>();
  for (const event of read.flatMap((one) => (typeof one === "string" ? [] : one))) {
    const id = event.ids[0] ?? "";
    if (!events.has(id)) events.set(id, event);
  }
  return ok({
    // Made when it is asked for; that nothing was added for days is usual.
    readings: [{ series: outageEvents, value: undefined, observeMs: nowMs, qualities: [] }],
    events: [...events.values()],
    ...(whole ? { complete: [{ series: outageEvents, sinceMs: nowMs - windowMs + dayMs }] } : {}),
  });
}

function outagesOf(
  annotation: unknown,
  nowMs: number,
): readonly EventReading[] | "unreadable" | "foreign" {
  const annotationId = idOf(field(annotation, "id"));
  const occurMs = utcMs(text(field(annotation, "startDate")));
  const endDate = field(annotation, "endDate") ?? undefined;
  const endMs = utcMs(text(endDate));
  if (annotationId === undefined || occurMs === undefined) return "unreadable";
  if ((endDate !== undefined && endMs === undefined) || isAhead(occurMs, nowMs)) {
    return "unreadable";
  }
  const kind = field(annotation, "eventType") ?? "OUTAGE";
  if (kind !== "OUTAGE" || (endMs !== undefined && endMs < nowMs - windowMs)) return "foreign";
  const outage = field(annotation, "outage");
  const type = wordOf(field(outage, "outageType"));
  const cause = wordOf(field(outage, "outageCause"));
  const extent = extents[type ?? ""];
  const { magnitude, bps } = extent ?? leastExtent;
  const isOver = endMs !== undefined && endMs <= nowMs;
  return placesOf(annotation).map((country) => ({
    series: outageEvents,
    ids: [`cf:${annotationId}${country === undefined ? "" : `:${country}`}`],
    status: isOver ? Event_Status.CLOSED : Event_Status.CONFIRMED,
    type: type?.toLowerCase() ?? "unknown",
    severityBps: bps,
    magnitude,
    occurMs,
    // Outages last for months, and are known for a month after their end.
    expireMs: endMs === undefined ? occurMs + 366 * dayMs : endMs + 31 * dayMs,
    place: undefined,
    ...(extent === undefined ? { qualities: [Quality.PARTIAL_COVERAGE] } : {}),
    attributes: {
      ...(country === undefined ? {} : { country }),
      ...(cause === undefined ? {} : { cause: cause.toLowerCase() }),
    },
  }));
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === "number" ? String(value) : text(value);
  return id !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : undefined;
}

function wordOf(value: unknown): string | undefined {
  const word = text(value);
  return word !== undefined && /^[A-Z][A-Z_]{0,39}$/.test(word) ? word : undefined;
}

/** The countries, or those of the networks, or one unknown place. */
function placesOf(annotation: unknown): readonly (string | undefined)[] {
  const named = list(field(annotation, "locations"));
  const networks = list(field(annotation, "asnsDetails")).map((one) =>
    field(field(one, "locations"), "code"),
  );
  const countries = (named.length > 0 ? named : networks)
    .map(text)
    .filter((code) => code !== undefined && /^[A-Z]{2}$/.test(code));
  return countries.length === 0 ? [undefined] : [...new Set(countries)];
}
