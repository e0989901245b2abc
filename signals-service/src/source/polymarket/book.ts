/**
 * What a book of Polymarket says: the middle between the best bid and the best ask, exactly. Pure.
 *
 * The levels come in any order. A book with one side only, or with a wide gap, has no middle.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { probabilityOf } from "../../series/prediction.ts";
import { exactDecimal, field, text } from "../json.ts";
import { type AskFailure, type Reading, unexpected } from "../source.ts";
import { isAhead } from "../time.ts";

/** The places of a price. The finest tick has four. */
const places = 5;

/** The widest gap, in steps of 10^-5: five points. */
const widestGap = 5_000;

/** Reads the book of a market's outcome. */
export function readBook(
  condition: string,
  token: string,
  book: unknown,
  nowMs: number,
): Result<Reading, AskFailure> {
  const market = text(field(book, "market"))?.toLowerCase();
  if (market !== `0x${condition}` || field(book, "asset_id") !== token) {
    return err(unexpected("not the book that was asked for"));
  }
  const time = text(field(book, "timestamp")) ?? "";
  const bids = pricesOf(field(book, "bids"));
  const asks = pricesOf(field(book, "asks"));
  if (!/^\d{13}$/.test(time) || bids === undefined || asks === undefined) {
    return err(unexpected("not a book"));
  }
  const observeMs = Number(time);
  if (isAhead(observeMs, nowMs)) return err(unexpected("a book dated in the future"));
  // A side without anybody is infinitely far.
  const [bid, ask] = [Math.max(...bids), Math.min(...asks)];
  const without = (doubt: Quality): Result<Reading, AskFailure> =>
    ok({ ...unavailable(condition, [doubt]), observeMs });
  if (bid >= ask) return without(Quality.CONFLICTING);
  if (ask - bid > widestGap) return without(Quality.DEGRADED);
  return ok({
    series: probabilityOf(condition),
    value: decimalOf((bid + ask) * 5),
    low: decimalOf(bid * 10),
    high: decimalOf(ask * 10),
    observeMs,
    qualities: [],
  });
}

/** A market without a value, and why. */
export function unavailable(condition: string, doubts: readonly Quality[]): Reading {
  return {
    series: probabilityOf(condition),
    value: undefined,
    observeMs: undefined,
    qualities: [...doubts, Quality.UNAVAILABLE],
  };
}

/** The prices at which something is on offer, in steps of 10^-5. `undefined`: unreadable. */
function pricesOf(levels: unknown): readonly number[] | undefined {
  if (!Array.isArray(levels)) return undefined;
  const prices: number[] = [];
  for (const level of levels as readonly unknown[]) {
    const price = exactDecimal(field(level, "price"), places);
    const size = exactDecimal(field(level, "size"), 18);
    if (price === undefined || !/^0\.\d/.test(price)) return undefined;
    if (size === undefined || size.startsWith("-")) return undefined;
    if (size !== "0") prices.push(Number(price.slice(2).padEnd(places, "0")));
  }
  return prices;
}

/** Millionths, between 0 and 1, as a decimal. */
function decimalOf(millionths: number): string {
  return `0.${String(millionths).padStart(places + 1, "0")}`.replace(/0+$/, "");
}
