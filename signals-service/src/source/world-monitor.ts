/** World Monitor's risk scores: an editorial index per country, with its own doubts. */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok } from "#protocol/result";
import { countries, instabilityOf } from "../series/registry.ts";
import { decimal, field, finite, list, text } from "./json.ts";
import type { Reading, Source } from "./source.ts";

/** The method that the series' version stands for. */
const methodology = "v8";

/** Creates the source. */
export function worldMonitor(baseUrl: string, apiKey: string | undefined): Source {
  return {
    id: "world-monitor",
    series: countries.map(instabilityOf),
    url: `${baseUrl}/api/intelligence/v1/get-risk-scores`,
    headers: apiKey === undefined ? {} : { "x-worldmonitor-key": apiKey },
    read(answer) {
      const scores = field(answer, "ciiScores");
      if (!Array.isArray(scores)) return err("no ciiScores");
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
    },
  };
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
