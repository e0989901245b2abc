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
import { type AskFailure, type Configured, type Reading, unexpected } from "./source.ts";
import { dateMs, isAhead } from "./time.ts";
import { together } from "./together.ts";

/** More than the days without a print in a row that there can be. */
const rows = 10;

const id = "fred";
const series = Object.values(rates);

/** Creates the source. */
export function fred(upstream: Upstream | undefined): Configured {
  if (upstream === undefined) return { on: false, id, series, why: "FRED_URL is not set" };
  const { url, key } = upstream;
  if (key === undefined) return { on: false, id, series, why: "FRED_KEY is not set" };
  const requestOf = (rate: string) => {
    const query = new URLSearchParams({
      series_id: rate,
      api_key: key,
      file_type: "json",
      sort_order: "desc",
      limit: String(rows),
    });
    return { url: `${url}/fred/series/observations?${query}` };
  };
  return {
    on: true,
    quota: { account: id, perMinute: 60, perDay: 1_000 },
    source: {
      id,
      account: id,
      periodMs: 3_600_000,
      series,
      async read(ask, nowMs) {
        const read = await Promise.all(
          Object.entries(rates).map(async ([rate, series]) => {
            const answer = await ask(requestOf(rate));
            return answer.ok ? readRate(series, answer.value.json, nowMs) : answer;
          }),
        );
        return together(read);
      },
    },
  };
}

/** Reads the answer for one series: its latest print. */
export function readRate(
  series: string,
  answer: unknown,
  nowMs: number,
): Result<Reading, AskFailure> {
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
  if (latest === undefined || isAhead(latest.observeMs, nowMs)) {
    return ok({ series, value: undefined, observeMs: undefined, qualities: [Quality.UNAVAILABLE] });
  }
  return ok({ series, ...latest, qualities: [] });
}
