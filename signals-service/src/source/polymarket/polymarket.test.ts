/** The markets that are followed, from both of Polymarket's upstreams. */
import { describe, expect, test } from "vitest";
import { Quality } from "#gen/signal/v1/observation";
import {
  describeAdapter,
  outcomeOf,
  readingOf,
  type Upstream,
} from "../../../test/support/adapter.ts";
import { book, condition, level, market, yes } from "../../../test/support/polymarket.ts";
import { polymarket } from "./polymarket.ts";

const nowMs = 1_785_000_200_000;
const other = "1".repeat(64);
const id = (of: string) => `prediction.prob.polymarket.${of}@v1`;
const sources = polymarket({
  gammaUrl: "https://gamma.example",
  clobUrl: "https://clob.example",
  conditions: [condition, other, condition],
});
const [source = expect.unreachable(), second = expect.unreachable()] = sources;
const says =
  (markets: unknown, said: unknown = book()): Upstream =>
  (url) =>
    url.startsWith("https://gamma.example/") ? markets : said;
const changed = (changes: object) => says([market()], book(changes));
const nothing = { value: undefined, qualities: [Quality.UNAVAILABLE] };

describeAdapter("Polymarket", source, nowMs, {
  happy: {
    says: (url) => {
      const asked = `condition_ids=0x${condition}&condition_ids=0x${other}&limit=2`;
      expect([
        `https://gamma.example/markets?${asked}`,
        `https://clob.example/book?token_id=${yes}`,
      ]).toContain(url);
      return says([market()])(url, undefined);
    },
    check: (outcome) =>
      expect(readingOf(outcome, id(condition))).toEqual({
        series: id(condition),
        value: "0.715",
        low: "0.71",
        high: "0.72",
        observeMs: 1_785_000_100_123,
        qualities: [],
      }),
  },
  "empty but valid": {
    says: says([]),
    check: (outcome) => expect(readingOf(outcome, id(condition))).toMatchObject(nothing),
  },
  "missing and null": {
    says: says([market({ clobTokenIds: null }), null, "x"]),
    check: (outcome) => expect(readingOf(outcome, id(condition))).toMatchObject(nothing),
  },
  stale: {
    says: changed({ timestamp: "1784000000000" }),
    check: (outcome) => expect(readingOf(outcome, id(condition)).observeMs).toBe(1_784_000_000_000),
  },
  "dated in the future": {
    says: changed({ timestamp: String(nowMs + 300_001) }),
    check: (outcome) => expect(outcome.kind).toBe("failed"),
  },
  "an unknown enum": {
    says: says([market({ umaResolutionStatus: "flagged" })]),
    check: (outcome) =>
      expect(readingOf(outcome, id(condition)).qualities).toEqual([
        Quality.CONFLICTING,
        Quality.UNAVAILABLE,
      ]),
  },
  "a string for a number": {
    says: says([market({ liquidityNum: "81234.5", volumeNum: "1523400.12" })]),
    check: (outcome) => expect(readingOf(outcome, id(condition)).value).toBe("0.715"),
  },
  "revised and retracted": {
    says: says([market({ closed: true })]),
    check: (outcome) =>
      expect(readingOf(outcome, id(condition)).qualities).toEqual([
        Quality.STALE_CONTENT,
        Quality.UNAVAILABLE,
      ]),
  },
  duplicated: {
    says: says([market(), market()]),
    check: (outcome) => expect(readingOf(outcome, id(condition)).value).toBe("0.715"),
  },
  "partial coverage": {
    says: says([market({ conditionId: `0x${other}` })]),
    check: (outcome) => expect(readingOf(outcome, id(condition))).toMatchObject(nothing),
  },
});

describe("P2", () => {
  test("P2: a market that has converged still has the value of its book", async () => {
    const converged = { bids: [level("0.985")], asks: [level("0.995")] };
    const outcome = await outcomeOf(
      source,
      says([market({ outcomePrices: '["0.5", "0.5"]' })], book(converged)),
      nowMs,
    );
    expect(readingOf(outcome, id(condition)).value).toBe("0.99");
  });
  test("P2: a market that is not found is unavailable", async () => {
    const outcome = await outcomeOf(source, says([]), nowMs);
    expect(readingOf(outcome, id(condition))).toMatchObject({ ...nothing, observeMs: undefined });
  });
  test("P2: a market without a book is unavailable", async () => {
    const gone = () => new Response('{"error":"No orderbook exists"}', { status: 404 });
    const outcome = await outcomeOf(
      source,
      (url) => (url.includes("/book") ? gone() : [market()]),
      nowMs,
    );
    expect(readingOf(outcome, id(condition))).toMatchObject(nothing);
  });
});

test("one source a market, and the same question of all of them", async () => {
  expect(sources).toHaveLength(2);
  const asked: string[] = [];
  const answer: Upstream = (url) => {
    asked.push(url);
    return says([market()])(url, undefined);
  };
  await outcomeOf(source, answer, nowMs);
  const outcome = await outcomeOf(second, answer, nowMs);
  expect(readingOf(outcome, id(other))).toMatchObject(nothing);
  expect(asked[0]).toBe(asked[2]);
});

test("a book that can't be read is a failure", async () => {
  expect(await outcomeOf(source, changed({ bids: "?" }), nowMs)).toMatchObject({ kind: "failed" });
});

test("without markets to follow it is off", () => {
  expect(polymarket(undefined)).toMatchObject([{ on: false, id: "polymarket" }]);
});
