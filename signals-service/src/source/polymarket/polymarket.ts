/**
 * Polymarket: the probability that the book of a market's "Yes" gives.
 *
 * Asks for the markets that are followed by their condition ids, never for a list: lists leave out
 * markets that are about to be decided. All markets' metadata is one request.
 */
import { err, ok, type Result } from "#protocol/result";
import { probabilityOf } from "../../series/prediction.ts";
import type { SourceSettings } from "../settings.ts";
import {
  type Ask,
  type AskFailure,
  type Configured,
  type Reading,
  type SourceReadings,
  unexpected,
} from "../source.ts";
import { readBook, unavailable } from "./book.ts";
import { yesToken } from "./market.ts";

const account = "polymarket";

/** Creates the sources: one a market, so that none waits for another. */
export function polymarket(settings: SourceSettings["polymarket"]): readonly Configured[] {
  if (settings === undefined) {
    const why = "POLYMARKET_GAMMA_URL, POLYMARKET_CLOB_URL or POLYMARKET_CONDITIONS is not set";
    return [{ on: false, id: account, series: [], why }];
  }
  const conditions = [...new Set(settings.conditions)];
  const query = conditions.map((condition) => `condition_ids=0x${condition}`).join("&");
  const gammaUrl = `${settings.gammaUrl}/markets?${query}&limit=${conditions.length}`;
  return conditions.map((condition) => ({
    on: true,
    quota: { account, perMinute: 120, perDay: 150_000 },
    source: {
      id: `${account}.${condition}`,
      account,
      periodMs: 60_000,
      series: [probabilityOf(condition)],
      read: (ask, nowMs) => read(ask, { ...settings, gammaUrl }, condition, nowMs),
    },
  }));
}

async function read(
  ask: Ask,
  { gammaUrl, clobUrl }: { readonly gammaUrl: string; readonly clobUrl: string },
  condition: string,
  nowMs: number,
): Promise<Result<SourceReadings, AskFailure>> {
  const only = (reading: Reading) => ok({ readings: [reading], events: [] });
  const answer = await ask({ url: gammaUrl });
  if (!answer.ok) return answer;
  const markets = answer.value.json;
  if (!Array.isArray(markets)) return err(unexpected("not a list of markets"));
  const token = yesToken(markets, condition);
  if (!token.ok) return only(unavailable(condition, token.error));
  const book = await ask({ url: `${clobUrl}/book?token_id=${token.value}` });
  if (!book.ok) {
    // A market without a book is told so by a refusal, and has no value.
    return book.error.reason === "refused" ? only(unavailable(condition, [])) : book;
  }
  const reading = readBook(condition, token.value, book.value.json, nowMs);
  return reading.ok ? only(reading.value) : reading;
}
