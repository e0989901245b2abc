/**
 * Pyth's prices from Hermes: whole numbers and an exponent, with the publishers' own interval.
 *
 * Since August 2026 Hermes answers only to a key.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { type Coin, priceOf } from "../series/market.ts";
import { field, finite, text } from "./json.ts";
import { pricePlaces, roundedDecimal } from "./rounding.ts";
import type { Upstream } from "./settings.ts";
import {
  type AskFailure,
  type Configured,
  type Reading,
  type SourceReadings,
  unexpected,
} from "./source.ts";
import { secondsMs } from "./time.ts";

const id = "pyth";
const series = Object.values(priceOf);

/** The feeds of the coins, as answers name them: without `0x`. */
const feeds: Readonly<Record<Coin, string>> = {
  btc: "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
  eth: "ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace",
  usdc: "eaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a",
  usdt: "2b89b9dc8fdf9f34709a5b106b472f0f39bb6ca9ce04b0fd7f2e971688e2e53b",
  dai: "b0948a5e5313200c632b51bb5ca32f6de0d36e9950a942d19751e833f70dabfd",
};

/** Pyth publishes every second: what is older is the last price of a feed that stands still. */
const maxAgeMs = 60_000;

/** An interval wider than a hundredth of the price is no price. */
const maxInterval = 100n;

/** Creates the source. */
export function pyth(upstream: Upstream | undefined): Configured {
  if (upstream === undefined) return { on: false, id, series, why: "PYTH_URL is not set" };
  if (upstream.key === undefined) return { on: false, id, series, why: "PYTH_KEY is not set" };
  const ids = Object.values(feeds).map((feed) => `ids[]=0x${feed}`);
  // A feed that is withdrawn shall not take the others with it.
  const query = [...ids, "parsed=true", "encoding=hex", "ignore_invalid_price_ids=true"].join("&");
  const request = {
    url: `${upstream.url}/v2/updates/price/latest?${query}`,
    headers: { authorization: `Bearer ${upstream.key}` },
  };
  return {
    on: true,
    quota: { account: id, perMinute: 10, perDay: 5_000 },
    source: {
      id,
      account: id,
      periodMs: 60_000,
      series,
      async read(ask, nowMs) {
        const answer = await ask(request);
        return answer.ok ? readUpdates(answer.value.json, nowMs) : answer;
      },
    },
  };
}

/** Reads an answer. Of two prices of one feed the later one counts. */
export function readUpdates(answer: unknown, nowMs: number): Result<SourceReadings, AskFailure> {
  const parsed = field(answer, "parsed");
  if (!Array.isArray(parsed)) return err(unexpected("no parsed prices"));
  const readings = (Object.keys(feeds) as Coin[]).map((coin) => {
    const prices = parsed
      .filter((entry) => field(entry, "id") === feeds[coin])
      .map((entry) => field(entry, "price"))
      .sort((a, b) => (publishMs(b) ?? 0) - (publishMs(a) ?? 0));
    return readingOf(priceOf[coin], prices[0], nowMs);
  });
  return ok({ readings, events: [] });
}

function readingOf(series: string, said: unknown, nowMs: number): Reading {
  const observeMs = publishMs(said);
  const none = { series, value: undefined, observeMs, qualities: [] };
  const price = whole(field(said, "price"));
  const conf = whole(field(said, "conf"));
  const exponent = finite(field(said, "expo"));
  if (price === undefined || conf === undefined || exponent === undefined) return none;
  if (price <= 0n || conf <= 0n) return none;
  if (observeMs !== undefined && observeMs < nowMs - maxAgeMs) {
    return { ...none, qualities: [Quality.STALE_CONTENT] };
  }
  if (conf * maxInterval > price) return { ...none, qualities: [Quality.CONFLICTING] };
  const [value, low, high] = [price, price - conf, price + conf].map((digits) =>
    roundedDecimal(digits, exponent, pricePlaces),
  );
  if (value === undefined || low === undefined || high === undefined) return none;
  return { series, value, observeMs, qualities: [], low, high };
}

function publishMs(said: unknown): number | undefined {
  return secondsMs(field(said, "publish_time"));
}

/** Hermes writes whole numbers as text. */
function whole(value: unknown): bigint | undefined {
  const digits = text(value) ?? "";
  return /^-?\d{1,30}$/.test(digits) ? BigInt(digits) : undefined;
}
