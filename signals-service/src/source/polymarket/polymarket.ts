/**
 * Polymarket: the probability that the book of a market's "Yes" gives.
 *
 * Asks for the markets that are followed by their condition ids, never for a list: lists leave out
 * markets that are about to be decided.
 */
import { err, ok, type Result } from "#protocol/result";
import { probabilityOf } from "../../series/prediction.ts";
import type { SourceSettings } from "../settings.ts";
import { type Ask, type AskFailure, type Configured, type Reading, unexpected } from "../source.ts";
import { together } from "../together.ts";
import { readBook, unavailable } from "./book.ts";
import { yesToken } from "./market.ts";

const id = "polymarket";

/** Creates the source. */
export function polymarket(settings: SourceSettings["polymarket"]): Configured {
  if (settings === undefined) {
    const why = "POLYMARKET_GAMMA_URL, POLYMARKET_CLOB_URL or POLYMARKET_CONDITIONS is not set";
    return { on: false, id, series: [], why };
  }
  const conditions = [...new Set(settings.conditions)];
  return {
    on: true,
    quota: { account: id, perMinute: 120, perDay: 150_000 },
    source: {
      id,
      account: id,
      periodMs: 60_000,
      series: conditions.map(probabilityOf),
      async read(ask, nowMs) {
        const query = conditions.map((condition) => `condition_ids=0x${condition}`).join("&");
        const url = `${settings.gammaUrl}/markets?${query}&limit=${conditions.length}`;
        const answer = await ask({ url });
        if (!answer.ok) return answer;
        const markets: unknown = answer.value.json;
        if (!Array.isArray(markets)) return err(unexpected("not a list of markets"));
        const read = await Promise.all(
          conditions.map((condition) => {
            const token = yesToken(markets, condition);
            return token.ok
              ? askBook(ask, settings.clobUrl, { condition, token: token.value }, nowMs)
              : ok(unavailable(condition, token.error));
          }),
        );
        return together(read);
      },
    },
  };
}

async function askBook(
  ask: Ask,
  clobUrl: string,
  { condition, token }: { readonly condition: string; readonly token: string },
  nowMs: number,
): Promise<Result<Reading, AskFailure>> {
  const answer = await ask({ url: `${clobUrl}/book?token_id=${token}` });
  if (answer.ok) return readBook(condition, token, answer.value.json, nowMs);
  // A market without a book is told so by a refusal, and has no value.
  return answer.error.reason === "refused" ? ok(unavailable(condition, [])) : answer;
}
