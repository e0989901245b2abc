/**
 * World Monitor's internet outages: Cloudflare Radar's annotations at second hand, under the ids that
 * Radar's own have here, so that both tell of one event. Its `country` is a name where its
 * documentation says a code, and its filter is not used.
 *
 * It isn't alone in its series. What is stale or may be cut short it doesn't say at all, so that its
 * doubts don't fall on what Radar says.
 */
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { outageEvents } from "../../series/infra.ts";
import { field, finite, text } from "../json.ts";
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
import { isPlausible, type SeedAge } from "./seed-health.ts";

const dayMs = 86_400_000;

/** How much of a country is cut off: the magnitude, and how grave that is. */
const severities: Readonly<Record<string, { readonly magnitude: string; readonly bps: number }>> = {
  OUTAGE_SEVERITY_PARTIAL: { magnitude: "1", bps: 2500 },
  OUTAGE_SEVERITY_MAJOR: { magnitude: "2", bps: 7500 },
  OUTAGE_SEVERITY_TOTAL: { magnitude: "3", bps: 10_000 },
};

/** Creates the source. */
export function outages(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "outages",
    path: "/api/infrastructure/v1/list-internet-outages",
    periodMs: 1_800_000,
    series: [outageEvents],
    seeds: ["infra:outages"],
    readAged: readOutages,
  });
}

/** Reads an answer. */
export function readOutages(
  answer: unknown,
  age: SeedAge | undefined,
  nowMs: number,
): Result<SourceReadings, AskFailure> {
  const rows = field(answer, "outages");
  if (!Array.isArray(rows)) return err(unexpected("no outages"));
  if (age === undefined) return err(unexpected("its seed doesn't say how old it is"));
  if (age.stale) return err(unexpected("its seed is stale"));
  if (!isPlausible(rows, age)) return err(unexpected("no outages of a seed that has some"));
  const read = rows.map((row) => eventOf(row, nowMs));
  const events = new Map(read.flatMap((event) => (event ? [[event.ids[0], event] as const] : [])));
  // An outage that can't be read may be the one that matters.
  const lost = rows.some((row, i) => read[i] === undefined && field(row, "endedAt") === 0);
  return ok({
    readings: [
      {
        series: outageEvents,
        value: undefined,
        observeMs: age.fetchMs,
        qualities: lost ? [Quality.PARTIAL_COVERAGE] : [],
      },
    ],
    events: [...events.values()],
  });
}

function eventOf(row: unknown, nowMs: number): EventReading | undefined {
  const id = /^cf-([A-Za-z0-9_-]{1,64})$/.exec(text(field(row, "id")) ?? "")?.[1];
  const severity = severities[text(field(row, "severity")) ?? ""];
  const country = countryCode(text(field(row, "country")));
  const occurMs = finite(field(row, "detectedAt"));
  const endMs = finite(field(row, "endedAt"));
  if (id === undefined || severity === undefined || country === undefined) return undefined;
  if (occurMs === undefined || occurMs <= 0 || isAhead(occurMs, nowMs)) return undefined;
  // Zero is "not over". Missing is neither.
  if (endMs === undefined) return undefined;
  const over = endMs > 0 && endMs <= nowMs;
  const type = wordOf(field(row, "outageType"));
  const cause = wordOf(field(row, "cause"));
  return {
    series: outageEvents,
    ids: [`cf:${id}:${country}`],
    status: over ? Event_Status.CLOSED : Event_Status.CONFIRMED,
    type: type ?? "unknown",
    severityBps: severity.bps,
    magnitude: severity.magnitude,
    occurMs,
    // One that it no longer lists is over, and it doesn't say so: two days at most.
    expireMs: over ? endMs + 31 * dayMs : (Math.floor(nowMs / dayMs) + 2) * dayMs,
    place: undefined,
    attributes: { country, ...(cause === undefined ? {} : { cause }) },
  };
}

/** A word of Radar's, such as `NATIONWIDE`, in lower case. Anything else is somebody's text. */
function wordOf(value: unknown): string | undefined {
  const word = text(value);
  return word !== undefined && /^[A-Z][A-Z_]{0,39}$/.test(word) ? word.toLowerCase() : undefined;
}
