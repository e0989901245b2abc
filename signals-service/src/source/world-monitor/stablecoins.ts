/**
 * World Monitor's stablecoins. It has their prices from CoinGecko, and from CoinPaprika when that
 * fails: so they are series of their own and no vote in a median that has both already.
 *
 * Only `price` is read. `deviation` has no sign, and both make a missing price look like a coin
 * that lost everything.
 */
import { err, ok, type Result } from "#protocol/result";
import { stableCoinPriceOf } from "../../series/editorial.ts";
import { decimal, field, finite, list, text } from "../json.ts";
import type { Upstream } from "../settings.ts";
import { type AskFailure, type Configured, type SourceReadings, unexpected } from "../source.ts";
import { utcMs } from "../time.ts";
import { createEndpoint } from "./endpoint.ts";

/** The coins by its ids, which are CoinGecko's. */
const coins = {
  "usd-coin": stableCoinPriceOf.usdc,
  tether: stableCoinPriceOf.usdt,
  dai: stableCoinPriceOf.dai,
} as const;

/** Creates the source. */
export function stablecoins(upstream: Upstream | undefined): Configured {
  return createEndpoint(upstream, {
    name: "stablecoins",
    path: `/api/market/v1/list-stablecoin-markets?coins=${Object.keys(coins).join(",")}`,
    periodMs: 600_000,
    series: Object.values(coins),
    read: readStablecoins,
  });
}

/** Reads an answer. */
export function readStablecoins(answer: unknown): Result<SourceReadings, AskFailure> {
  const rows = field(answer, "stablecoins");
  const status = field(answer, "dataStatus");
  if (!Array.isArray(rows)) return err(unexpected("no stablecoins"));
  const usable = status === "OK" || status === "PARTIAL";
  const observeMs = utcMs(text(field(answer, "timestamp")));
  const unresolved = list(field(answer, "unresolved")).map((entry) => field(entry, "id"));
  const readings = Object.entries(coins).map(([coin, series]) => {
    const found = rows.filter((row) => field(row, "id") === coin);
    const sound = usable && found.length === 1 && !unresolved.includes(coin);
    return {
      series,
      value: sound ? decimal(priceOf(found[0]), 8) : undefined,
      observeMs,
      qualities: [],
    };
  });
  return ok({ readings, events: [] });
}

/** A price needs evidence of trade: zero and a price that nobody pays are what missing looks like. */
function priceOf(row: unknown): number | undefined {
  const price = finite(field(row, "price"));
  const volume = finite(field(row, "volume24h"));
  const traded = volume !== undefined && volume > 0;
  return price !== undefined && price > 0 && traded ? price : undefined;
}
