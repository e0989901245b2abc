/**
 * World Monitor's list of prediction markets, for one thing only: how many it has.
 *
 * It isn't a source of probabilities. It leaves out markets below 10 % and above 90 %, so the one
 * that matters vanishes when it matters; its ids are those of events, of which it shows the market
 * with the largest volume at the time; and a market without a price is shown at one half. No event
 * is made of it either: an id there is the market's title.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { predictionCount } from "../../series/editorial.ts";
import { decimal, field, finite, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "../source.ts";
import { createEndpoint } from "./endpoint.ts";

/** Creates the source. */
export function predictions(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "predictions",
    path: "/api/prediction/v1/list-prediction-markets?page_size=100",
    periodMs: 3_600_000,
    series: [predictionCount],
    read: readPredictions,
  });
}

/** Reads an answer. */
export function readPredictions(answer: unknown): Result<SourceReadings, AskFailure> {
  const rows = field(answer, "markets");
  if (!Array.isArray(rows)) return err(unexpected("no markets"));
  // The same field is percent elsewhere in the same product. One such market betrays all.
  if (rows.some((row) => !isProbability(finite(field(row, "yesPrice"))))) {
    return err(unexpected("a yesPrice isn't from 0 to 1"));
  }
  const fetchedMs = finite(field(answer, "fetchedAt"));
  const usable = field(answer, "dataAvailable") === true;
  const priced = new Set(rows.filter(isPriced).map((row) => text(field(row, "id")) ?? ""));
  priced.delete("");
  return ok({
    readings: [
      {
        series: predictionCount,
        value: usable && priced.size > 0 ? decimal(priced.size, 0) : undefined,
        observeMs: fetchedMs !== undefined && fetchedMs > 0 ? fetchedMs : undefined,
        qualities: [Quality.EDITORIAL_INPUT],
      },
    ],
    events: [],
  });
}

function isProbability(price: number | undefined): boolean {
  return price === undefined || (price >= 0 && price <= 1);
}

/** A price has trade behind it. One half without any is no price. */
function isPriced(row: unknown): boolean {
  const price = finite(field(row, "yesPrice"));
  const volume = finite(field(row, "volume"));
  return price !== undefined && price > 0 && price < 1 && volume !== undefined && volume > 0;
}
