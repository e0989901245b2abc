/** World Monitor's macro signals: its verdict, Bitcoin's trend, and fear and greed in crypto. */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { cryptoFearGreed, macroVerdict, mayerMultiple, verdicts } from "../../series/editorial.ts";
import { decimal, field, finite, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "../source.ts";
import { utcMs } from "../time.ts";
import { createEndpoint } from "./endpoint.ts";

/** Creates the source. */
export function macroSignals(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "macro-signals",
    path: "/api/economic/v1/get-macro-signals",
    periodMs: 3_600_000,
    series: [macroVerdict, mayerMultiple, cryptoFearGreed],
    read: readMacroSignals,
  });
}

/** Reads an answer. */
export function readMacroSignals(answer: unknown): Result<SourceReadings, AskFailure> {
  const signals = field(answer, "signals");
  if (typeof signals !== "object" || signals === null) return err(unexpected("no signals"));
  const observeMs = utcMs(text(field(answer, "timestamp")));
  const usable = field(answer, "unavailable") !== true;
  const reading = (series: string, value: string | undefined) => ({
    series,
    value: usable ? value : undefined,
    observeMs,
    qualities: [Quality.EDITORIAL_INPUT],
  });
  return ok({
    readings: [
      reading(macroVerdict, verdictOf(answer)),
      reading(mayerMultiple, decimal(mayerOf(field(signals, "technicalTrend")), 4)),
      reading(cryptoFearGreed, decimal(indexOf(field(signals, "fearGreed")), 2)),
    ],
    events: [],
  });
}

/** UNKNOWN is no verdict, and neither is one that rests on no signal. */
function verdictOf(answer: unknown): string | undefined {
  const total = finite(field(answer, "totalCount"));
  const state = (verdicts as readonly string[]).indexOf(
    (text(field(answer, "verdict")) ?? "").toLowerCase(),
  );
  return state >= 0 && total !== undefined && total > 0 ? String(state) : undefined;
}

function mayerOf(trend: unknown): number | undefined {
  const known = field(trend, "status") !== "UNKNOWN";
  return known ? finite(field(trend, "mayerMultiple")) : undefined;
}

/** The index; one without its own word for it is the default of a failure. */
function indexOf(fearGreed: unknown): number | undefined {
  const word = text(field(fearGreed, "status")) ?? "";
  return word === "" || word === "UNKNOWN" ? undefined : finite(field(fearGreed, "value"));
}
