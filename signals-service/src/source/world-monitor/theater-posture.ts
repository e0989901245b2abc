/**
 * World Monitor's posture of theaters: how many military aircraft say where they are. It falls back
 * to copies of up to a week without saying so, so each theater's own `assessedAt` counts.
 *
 * Only the level leaves: what it rests on may not be passed on.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { postureOf, postures, theaters } from "../../series/military.ts";
import { decimal, field, finite } from "../json.ts";
import type { Upstream } from "../settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "../source.ts";
import { createEndpoint } from "./endpoint.ts";

const ids = Object.keys(theaters) as (keyof typeof theaters)[];

/** Creates the source. */
export function theaterPosture(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "theater-posture",
    path: "/api/military/v1/get-theater-posture",
    periodMs: 900_000,
    series: ids.map(postureOf),
    read: readPosture,
  });
}

/** Reads an answer. */
export function readPosture(answer: unknown): Result<SourceReadings, AskFailure> {
  const rows = field(answer, "theaters");
  if (!Array.isArray(rows)) return err(unexpected("no theaters"));
  // Not one aircraft in all theaters is receivers that are off, not peace.
  const seesAny = rows.some((row) => flightsOf(row) > 0);
  const readings = ids.map((id) => {
    const found = rows.filter((row) => field(row, "theater") === id);
    const row = found.length === 1 ? found[0] : undefined;
    const level = (postures as readonly unknown[]).indexOf(field(row, "postureLevel"));
    return {
      series: postureOf(id),
      value: level < 0 || !seesAny ? undefined : decimal(level, 0),
      observeMs: finite(field(row, "assessedAt")),
      qualities: flightsOf(row) > 0 ? [] : [Quality.PARTIAL_COVERAGE],
    };
  });
  return ok({ readings, events: [] });
}

/** How many aircraft a theater's level rests on; 0 when it doesn't say. */
function flightsOf(row: unknown): number {
  return finite(field(row, "activeFlights")) ?? 0;
}
