/**
 * World Monitor's airport delays. Without a provider's key it makes them up, and an airport of which
 * nothing is known is neither normal nor delayed.
 *
 * A row's `updatedAt` is when the row was made. The data is as old as its seeds.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { airportsSevere } from "../../series/editorial.ts";
import { decimal, field, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "../source.ts";
import { createEndpoint } from "./endpoint.ts";
import type { SeedAge } from "./seed-health.ts";

/** The severities that say something. UNKNOWN and all others don't. */
const severities = new Set(["NORMAL", "MINOR", "MODERATE", "MAJOR", "SEVERE"]);

/** Who measures. Whatever else a row names, or nothing, it is computed. */
const measured = new Set(["FAA", "EUROCONTROL", "AVIATIONSTACK", "NOTAM"]);

/** Creates the source. */
export function airportDelays(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "airport-delays",
    path: "/api/aviation/v1/list-airport-delays",
    periodMs: 3_600_000,
    series: [airportsSevere],
    seeds: ["aviation:faa", "aviation:intl"],
    readAged: readAirportDelays,
  });
}

/** Reads an answer. */
export function readAirportDelays(
  answer: unknown,
  age: SeedAge | undefined,
): Result<SourceReadings, AskFailure> {
  const rows = field(answer, "alerts");
  if (!Array.isArray(rows)) return err(unexpected("no alerts"));
  const known = rows.filter((row) => severities.has(severityOf(row)));
  const severe = new Set(known.filter(isSevere).map((row) => text(field(row, "iata")) ?? ""));
  severe.delete("");
  return ok({
    readings: [
      {
        series: airportsSevere,
        // None of none isn't zero.
        value: known.length === 0 ? undefined : decimal(severe.size, 0),
        observeMs: age?.fetchMs,
        qualities: [
          Quality.EDITORIAL_INPUT,
          ...(age === undefined || age.stale ? [Quality.STALE_CONTENT] : []),
          ...(known.length < rows.length ? [Quality.PARTIAL_COVERAGE] : []),
          ...(known.some(isSimulated) ? [Quality.SIMULATED] : []),
        ],
      },
    ],
    events: [],
  });
}

function severityOf(row: unknown): string {
  return (text(field(row, "severity")) ?? "").replace("FLIGHT_DELAY_SEVERITY_", "");
}

function isSevere(row: unknown): boolean {
  return severityOf(row) === "SEVERE" || field(row, "delayType") === "FLIGHT_DELAY_TYPE_CLOSURE";
}

function isSimulated(row: unknown): boolean {
  const source = (text(field(row, "source")) ?? "").replace("FLIGHT_DELAY_SOURCE_", "");
  // A closure by notice to airmen is computed from the notice, and only its id says so.
  const noticed = (text(field(row, "id")) ?? "").startsWith("notam-");
  return !measured.has(source) && !noticed;
}
