/** World Monitor's composite of fear and greed in stock markets. */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { stockFearGreed } from "../../series/editorial.ts";
import { decimal, field, finite, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "../source.ts";
import { utcMs } from "../time.ts";
import { createEndpoint } from "./endpoint.ts";

/** Creates the source. */
export function fearGreed(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "fear-greed",
    path: "/api/market/v1/get-fear-greed-index",
    periodMs: 10_800_000,
    series: [stockFearGreed],
    read: readFearGreed,
  });
}

/** Reads an answer. */
export function readFearGreed(answer: unknown): Result<SourceReadings, AskFailure> {
  const score = field(answer, "compositeScore");
  if (score === undefined && field(answer, "unavailable") !== true) {
    return err(unexpected("no compositeScore"));
  }
  const parts = Object.values(categoriesOf(answer));
  // A category without data counts as 50, so a world of which nothing is known is neutral.
  const known = parts.filter((part) => field(part, "degraded") === false);
  const usable = field(answer, "unavailable") !== true && known.length > 0;
  return ok({
    readings: [
      {
        series: stockFearGreed,
        value: usable ? decimal(finite(score), 2) : undefined,
        observeMs: timeOf(field(answer, "seededAt")),
        qualities: [
          Quality.EDITORIAL_INPUT,
          ...(known.length < parts.length ? [Quality.PARTIAL_COVERAGE] : []),
        ],
      },
    ],
    events: [],
  });
}

/** The categories: objects with a score and a weight. */
function categoriesOf(answer: unknown): Readonly<Record<string, unknown>> {
  if (typeof answer !== "object" || answer === null) return {};
  return Object.fromEntries(
    Object.entries(answer).filter(([, part]) => finite(field(part, "weight")) !== undefined),
  );
}

function timeOf(value: unknown): number | undefined {
  const ms = finite(value) ?? utcMs(text(value));
  return ms !== undefined && ms > 0 ? ms : undefined;
}
