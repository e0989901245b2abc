/**
 * World Monitor's risk scores: an editorial index per country and one of the world, with their own
 * doubts. The level is `combinedScore`; `dynamicScore` has been a change, not a level, since its
 * method's version 5, where zero may also mean that there is nothing to compare with.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { countries, instabilityOf, strategicRisk } from "../../series/geo.ts";
import { decimal, field, finite, list, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import {
  type AskFailure,
  type Configured,
  type Reading,
  type SourceReadings,
  unexpected,
} from "../source.ts";
import { createEndpoint } from "./endpoint.ts";

/** The method that the series' version stands for. */
const methodology = "v8";

/** What its formula gives a world of which nothing is known. */
const strategicFloor = 15;

/** Creates the source. */
export function riskScores(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "risk-scores",
    path: "/api/intelligence/v1/get-risk-scores",
    periodMs: 600_000,
    series: [...countries.map(instabilityOf), strategicRisk],
    read: readScores,
  });
}

/** Reads an answer. */
export function readScores(answer: unknown): Result<SourceReadings, AskFailure> {
  const scores = field(answer, "ciiScores");
  if (!Array.isArray(scores)) return err(unexpected("no ciiScores"));
  const doubts = [
    Quality.EDITORIAL_INPUT,
    ...(field(answer, "degraded") === true ? [Quality.DEGRADED] : []),
    ...(field(answer, "stale") === true ? [Quality.STALE_CONTENT] : []),
  ];
  const readings = countries.map((country): Reading => {
    const rated = scores.filter((entry) => field(entry, "region") === country);
    const [score] = rated;
    // Two ratings of one country are no rating.
    const value = rated.length === 1 && isOurMethod(score) ? levelOf(score) : undefined;
    return {
      series: instabilityOf(country),
      value: decimal(value, 2),
      observeMs: finite(field(score, "computedAt")),
      qualities: [...doubts, ...scoreDoubts(score)],
    };
  });
  return ok({ readings: [...readings, strategic(answer, scores, doubts)], events: [] });
}

/** Another method is another series: its values say something else. */
function isOurMethod(score: unknown): boolean {
  return text(field(score, "methodologyVersion")) === methodology;
}

/** The level, unless it is one that stands for missing data. */
function levelOf(score: unknown): number | undefined {
  const level = finite(field(score, "combinedScore"));
  if (level === 0) return undefined;
  return (level === 50 || level === 100) && !hasEvidence(score) ? undefined : level;
}

/** Whether anything but the editorial baseline is in the score. */
function hasEvidence(score: unknown): boolean {
  const components = field(score, "components");
  return typeof components === "object" && components !== null
    ? Object.values(components).some((part) => (finite(part) ?? 0) > 0)
    : false;
}

function scoreDoubts(score: unknown): Quality[] {
  const advisory = field(score, "advisoryProvenance");
  const whole = hasEvidence(score) && (advisory === "live" || advisory === "fallback");
  return [
    ...(advisory === "fallback" ? [Quality.FALLBACK_SOURCE] : []),
    ...(whole ? [] : [Quality.PARTIAL_COVERAGE]),
  ];
}

/** The world's risk is computed from the scores: it is as old as the oldest, and of their method. */
function strategic(answer: unknown, scores: unknown[], doubts: Quality[]): Reading {
  const risks = list(field(answer, "strategicRisks")).filter(
    (risk) => field(risk, "region") === "global",
  );
  const computedMs = scores.map((score) => finite(field(score, "computedAt")));
  const dated = computedMs.filter((ms) => ms !== undefined);
  const whole = scores.length > 0 && dated.length === scores.length;
  const sound = whole && risks.length === 1 && scores.every(isOurMethod);
  const level = finite(field(risks[0], "score"));
  return {
    series: strategicRisk,
    value: sound && level !== strategicFloor ? decimal(level, 2) : undefined,
    observeMs: dated.length === 0 ? undefined : Math.min(...dated),
    qualities: doubts,
  };
}
