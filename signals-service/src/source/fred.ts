/**
 * FRED, the data of the Federal Reserve Bank of St. Louis: official prints, by reference date.
 *
 * One request a series. An answer doesn't name its series, so it is known by its request alone.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { rates } from "../series/macro.ts";
import { exactDecimal, field, text } from "./json.ts";
import type { Upstream } from "./settings.ts";
import {
  type AskFailure,
  type Configured,
  type Reading,
  type SourceReadings,
  unexpected,
} from "./source.ts";
import { dateMs, isAhead } from "./time.ts";

/** More than the days without a print in a row that there can be. */
const rows = 10;

const account = "fred";

/** Creates the sources: one a series, so that none waits for another. */
export function fred(upstream: Upstream | undefined): readonly Configured[] {
  return Object.entries(rates).map(([rate, series]) => rateSource(upstream, rate, series));
}

function rateSource(upstream: Upstream | undefined, rate: string, series: string): Configured {
  const id = `${account}.${rate.toLowerCase()}`;
  const off = { on: false, id, series: [series] } as const;
  if (upstream === undefined) return { ...off, why: "FRED_URL is not set" };
  if (upstream.key === undefined) return { ...off, why: "FRED_KEY is not set" };
  const query = new URLSearchParams({
    series_id: rate,
    api_key: upstream.key,
    file_type: "json",
    sort_order: "desc",
    limit: String(rows),
  });
  const url = `${upstream.url}/fred/series/observations?${query}`;
  return {
    on: true,
    quota: { account, perMinute: 60, perDay: 1_000 },
    source: {
      id,
      account,
      periodMs: 3_600_000,
      series: [series],
      async read(ask, nowMs) {
        const answer = await ask({ url });
        return answer.ok ? readRate(series, answer.value.json, nowMs) : answer;
      },
    },
  };
}

/** Reads the answer for one series: its latest print. */
export function readRate(
  series: string,
  answer: unknown,
  nowMs: number,
): Result<SourceReadings, AskFailure> {
  const observations = field(answer, "observations");
  if (!Array.isArray(observations)) return err(unexpected("no observations"));
  // Another unit than the series' own would be a change or a percentage of it.
  if (field(answer, "units") !== "lin") return err(unexpected("not in the series' own unit"));
  const prints = observations.flatMap((row: unknown) => {
    const observeMs = dateMs(text(field(row, "date")));
    // A day without a print has the value `.`.
    const value = exactDecimal(field(row, "value"), 6);
    return observeMs === undefined || value === undefined ? [] : { observeMs, value };
  });
  const latest = prints.sort((a, b) => b.observeMs - a.observeMs)[0];
  const reading: Reading =
    latest === undefined || isAhead(latest.observeMs, nowMs)
      ? { series, value: undefined, observeMs: undefined, qualities: [Quality.UNAVAILABLE] }
      : { series, ...latest, qualities: [] };
  return ok({ readings: [reading], events: [] });
}
