/** World Monitor's risk scores: an editorial index per country, with its own doubts. */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { countries, instabilityOf } from "../../series/geo.ts";
import { decimal, field, finite, list, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import {
  type AskFailure,
  type Configured,
  type Reading,
  type SourceReadings,
  unexpected,
} from "../source.ts";

/** The method that the series' version stands for. */
const methodology = "v8";

const id = "world-monitor.risk-scores";
const series = countries.map(instabilityOf);

/** Creates the source. */
export function riskScores(upstream: Upstream | undefined): Configured {
  if (upstream?.key === undefined) {
    return { on: false, id, series, why: "WORLD_MONITOR_KEY is not set" };
  }
  const request = {
    url: `${upstream.url}/api/intelligence/v1/get-risk-scores`,
    headers: { "x-worldmonitor-key": upstream.key },
  };
  return {
    on: true,
    quota: { account: "world-monitor", perMinute: 50, perDay: 900 },
    source: {
      id,
      account: "world-monitor",
      periodMs: 600_000,
      series,
      async read(ask) {
        const answer = await ask(request);
        return answer.ok ? readScores(answer.value.json) : answer;
      },
    },
  };
}

/** Reads an answer. */
export function readScores(answer: unknown): Result<SourceReadings, AskFailure> {
  const scores = field(answer, "ciiScores");
  if (!Array.isArray(scores)) return err(unexpected("no ciiScores"));
  const doubts = doubtsOf(answer);
  const readings = countries.map((country): Reading => {
    const score = list(scores).find((entry) => field(entry, "region") === country);
    // Another method is another series: its values say something else.
    const known = text(field(score, "methodologyVersion")) === methodology;
    const value = known ? finite(field(score, "combinedScore")) : undefined;
    return {
      series: instabilityOf(country),
      value: decimal(value, 2),
      observeMs: finite(field(score, "computedAt")),
      qualities: [Quality.EDITORIAL_INPUT, ...doubts, ...advisoryDoubt(score)],
    };
  });
  return ok({ readings, events: [] });
}

function doubtsOf(answer: unknown): Quality[] {
  return [
    ...(field(answer, "degraded") === true ? [Quality.DEGRADED] : []),
    ...(field(answer, "stale") === true ? [Quality.STALE_CONTENT] : []),
  ];
}

function advisoryDoubt(score: unknown): Quality[] {
  return field(score, "advisoryProvenance") === "live" ? [] : [Quality.PARTIAL_COVERAGE];
}
