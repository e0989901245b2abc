/**
 * Chainlink's price feeds, read on chain from a node: one batch of calls for all of them.
 *
 * A round is as old as its `updatedAt`: a feed writes when its price moves, or after its
 * heartbeat, which is up to a day. A price that has not moved for long gives no vote.
 */
import { err, ok, type Result } from "#protocol/result";
import { priceOf } from "../series/market.ts";
import { field, list, text } from "./json.ts";
import { pricePlaces, roundedDecimal } from "./rounding.ts";
import type { SourceSettings } from "./settings.ts";
import {
  type AskFailure,
  type Configured,
  type Reading,
  type SourceReadings,
  unexpected,
} from "./source.ts";
import { secondsMs } from "./time.ts";

const id = "chainlink";
const prices: readonly string[] = Object.values(priceOf);

/** The first four bytes of the hash of `decimals()` and of `latestRoundData()`. */
const selectors = { decimals: "0x313ce567", latestRoundData: "0xfeaf968c" } as const;

/** The error code with which nodes say that there were too many calls (EIP-1474). */
const limitExceeded = -32_005;

/** Creates the source. The node's address may hold a key: it is never part of what is said. */
export function chainlink(settings: SourceSettings["chainlink"]): Configured {
  const off = (why: string): Configured => ({ on: false, id, series: prices, why });
  if (settings === undefined) return off("CHAINLINK_RPC_URL or CHAINLINK_FEEDS is not set");
  const series = Object.keys(settings.feeds);
  const stranger = series.find((one) => !prices.includes(one));
  if (stranger !== undefined) return off(`CHAINLINK_FEEDS names ${stranger}, which is no price`);
  if (series.length === 0) return off("CHAINLINK_FEEDS is empty");
  const request = { url: settings.url, body: JSON.stringify(callsOf(settings.feeds)) };
  return {
    on: true,
    quota: { account: id, perMinute: 10, perDay: 5_000 },
    source: {
      id,
      account: id,
      periodMs: 60_000,
      series,
      async read(ask) {
        const answer = await ask(request);
        return answer.ok ? readRounds(answer.value.json, series) : answer;
      },
    },
  };
}

/** Reads the answer to the batch for these series. */
export function readRounds(
  answer: unknown,
  series: readonly string[],
): Result<SourceReadings, AskFailure> {
  if (field(field(answer, "error"), "code") === limitExceeded) {
    return err({ reason: "rate_limited", detail: "the node's limit is exceeded" });
  }
  if (!Array.isArray(answer)) return err(unexpected("not the answer to a batch"));
  const readings = series.map((one, index) =>
    readingOf(one, wordsOf(answer, 2 * index, 1), wordsOf(answer, 2 * index + 1, 5)),
  );
  return ok({ readings, events: [] });
}

/** The calls: of the feed number n those with the ids 2n and 2n + 1. */
function callsOf(feeds: Readonly<Record<string, string>>): readonly unknown[] {
  return Object.values(feeds).flatMap((to, index) =>
    [selectors.decimals, selectors.latestRoundData].map((data, second) => ({
      jsonrpc: "2.0",
      id: 2 * index + second,
      method: "eth_call",
      params: [{ to, data }, "latest"],
    })),
  );
}

function readingOf(series: string, scale: Words, round: Words): Reading {
  const none = { series, value: undefined, observeMs: undefined, qualities: [] };
  const [decimals] = scale ?? [];
  const [roundId, answer, , updatedAt, answeredInRound] = round ?? [];
  if (decimals === undefined || decimals > 30n || roundId === undefined) return none;
  if (answer === undefined || updatedAt === undefined || answeredInRound === undefined) return none;
  const price = BigInt.asIntN(256, answer);
  // A round that carries an earlier one's answer is not this round's price.
  if (price <= 0n || answeredInRound < roundId) return none;
  return {
    series,
    value: roundedDecimal(price, -Number(decimals), pricePlaces),
    observeMs: secondsMs(Number(updatedAt)),
    qualities: [],
  };
}

/** The 32-byte words of a call's result. `undefined`: no result, or not of this many words. */
type Words = readonly bigint[] | undefined;

function wordsOf(batch: readonly unknown[], id: number, count: number): Words {
  const answers = list(batch).filter((one) => field(one, "id") === id);
  // Two answers to one call: nobody knows which one is true.
  const result = answers.length === 1 ? text(field(answers[0], "result")) : undefined;
  if (result === undefined || !/^0x[0-9a-fA-F]*$/.test(result)) return undefined;
  if (result.length !== 2 + 64 * count) return undefined;
  return Array.from({ length: count }, (_, n) =>
    BigInt(`0x${result.slice(2 + 64 * n, 66 + 64 * n)}`),
  );
}
