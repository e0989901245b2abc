/** CoinGecko's simple price: traded prices. An unknown id is silently missing there. */
import { err, ok, type Result } from "#protocol/result";
import { coins } from "../series/market.ts";
import { decimal, field, finite } from "./json.ts";
import type { Upstream } from "./settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "./source.ts";

const id = "coingecko";
const series = Object.values(coins);

/** Creates the source. */
export function coingecko(upstream: Upstream | undefined): Configured {
  if (upstream === undefined) return { on: false, id, series, why: "COINGECKO_URL is not set" };
  const ids = Object.keys(coins).join(",");
  const query = `ids=${ids}&vs_currencies=usd&include_last_updated_at=true&precision=full`;
  const request = {
    url: `${upstream.url}/api/v3/simple/price?${query}`,
    headers: upstream.key === undefined ? {} : { "x-cg-demo-api-key": upstream.key },
  };
  return {
    on: true,
    quota: { account: id, perMinute: 30, perDay: 10_000 },
    source: {
      id,
      account: id,
      periodMs: 60_000,
      series,
      async read(ask) {
        const answer = await ask(request);
        return answer.ok ? readPrices(answer.value.json) : answer;
      },
    },
  };
}

/** Reads an answer. */
export function readPrices(answer: unknown): Result<SourceReadings, AskFailure> {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    return err(unexpected("not an object"));
  }
  const readings = Object.entries(coins).map(([coin, series]) => {
    const entry = field(answer, coin);
    const seconds = finite(field(entry, "last_updated_at"));
    return {
      series,
      value: decimal(finite(field(entry, "usd")), 8),
      observeMs: seconds === undefined ? undefined : seconds * 1000,
      qualities: [],
    };
  });
  return ok({ readings, events: [] });
}
