/** CoinPaprika's tickers: traded prices. One call for all coins costs less than one for each. */
import { err, ok, type Result } from "#protocol/result";
import { type Coin, priceOf } from "../series/market.ts";
import { decimal, field, finite, text } from "./json.ts";
import { pricePlaces } from "./rounding.ts";
import type { Upstream } from "./settings.ts";
import {
  type AskFailure,
  type Configured,
  type Reading,
  type SourceReadings,
  unexpected,
} from "./source.ts";
import { utcMs } from "./time.ts";

const id = "coinpaprika";
const series = Object.values(priceOf);

/** The coins by CoinPaprika's ids. */
const coins: Readonly<Record<string, Coin>> = {
  "btc-bitcoin": "btc",
  "eth-ethereum": "eth",
  "usdc-usd-coin": "usdc",
  "usdt-tether": "usdt",
  "dai-dai": "dai",
};

/**
 * Creates the source. Without a key there are 20,000 calls a month, and prices that move every
 * ten minutes or so.
 */
export function coinpaprika(upstream: Upstream | undefined): Configured {
  if (upstream === undefined) return { on: false, id, series, why: "COINPAPRIKA_URL is not set" };
  const keyed = upstream.key !== undefined;
  const request = {
    url: `${upstream.url}/v1/tickers?quotes=USD`,
    headers: upstream.key === undefined ? {} : { authorization: upstream.key },
  };
  return {
    on: true,
    quota: { account: id, perMinute: 5, perDay: keyed ? 5_000 : 640 },
    source: {
      id,
      account: id,
      periodMs: keyed ? 60_000 : 300_000,
      series,
      async read(ask) {
        const answer = await ask(request);
        return answer.ok ? readTickers(answer.value.json) : answer;
      },
    },
  };
}

/** Reads an answer. Of two rows of one coin the later one counts. */
export function readTickers(answer: unknown): Result<SourceReadings, AskFailure> {
  if (!Array.isArray(answer)) return err(unexpected("not a list of tickers"));
  const readings = Object.entries(coins).map(([name, coin]) =>
    answer
      .filter((row) => field(row, "id") === name)
      .map((row) => readingOf(row, coin))
      .reduce(later, readingOf(undefined, coin)),
  );
  return ok({ readings, events: [] });
}

function readingOf(row: unknown, coin: Coin): Reading {
  const price = field(field(field(row, "quotes"), "USD"), "price");
  return {
    series: priceOf[coin],
    value: decimal(finite(price), pricePlaces),
    observeMs: utcMs(text(field(row, "last_updated"))),
    qualities: [],
  };
}

function later(a: Reading, b: Reading): Reading {
  return (b.observeMs ?? 0) > (a.observeMs ?? 0) ? b : a;
}
