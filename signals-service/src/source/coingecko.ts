/** CoinGecko's simple price: traded prices. An unknown id is silently missing there. */
import { err, ok, type Result } from "#protocol/result";
import { type Coin, priceOf } from "../series/market.ts";
import { decimal, field, finite } from "./json.ts";
import { pricePlaces } from "./rounding.ts";
import type { Upstream } from "./settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "./source.ts";
import { secondsMs } from "./time.ts";

const id = "coingecko";
const series = Object.values(priceOf);

/** The coins by CoinGecko's ids. */
const coins: Readonly<Record<string, Coin>> = {
  bitcoin: "btc",
  ethereum: "eth",
  "usd-coin": "usdc",
  tether: "usdt",
  dai: "dai",
};

/** Creates the source. A demo key has 10,000 calls a month; without one only minutes are counted. */
export function coingecko(upstream: Upstream | undefined): Configured {
  if (upstream === undefined) return { on: false, id, series, why: "COINGECKO_URL is not set" };
  const keyed = upstream.key !== undefined;
  const ids = Object.keys(coins).join(",");
  const query = `ids=${ids}&vs_currencies=usd&include_last_updated_at=true&precision=full`;
  const request = {
    url: `${upstream.url}/api/v3/simple/price?${query}`,
    headers: upstream.key === undefined ? {} : { "x-cg-demo-api-key": upstream.key },
  };
  return {
    on: true,
    quota: { account: id, perMinute: 5, perDay: keyed ? 320 : 5_000 },
    source: {
      id,
      account: id,
      periodMs: keyed ? 300_000 : 60_000,
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
  const readings = Object.entries(coins).map(([name, coin]) => {
    const entry = field(answer, name);
    return {
      series: priceOf[coin],
      value: decimal(finite(field(entry, "usd")), pricePlaces),
      observeMs: secondsMs(field(entry, "last_updated_at")),
      qualities: [],
    };
  });
  return ok({ readings, events: [] });
}
