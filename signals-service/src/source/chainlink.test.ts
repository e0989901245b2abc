import fc from "fast-check";
import { encodeFunctionData, encodeFunctionResult, formatUnits, parseAbi } from "viem";
import { describe, expect, test } from "vitest";
import { describeAdapter, outcomeOf, readingOf } from "../../test/support/adapter.ts";
import { chainlink, readRounds } from "./chainlink.ts";

const nowMs = 1_785_000_200_000;
const eth = "market.price.eth.usd@v1";
const usdc = "market.price.usdc.usd@v1";
const feeds = {
  [eth]: "0x5f4ec3df9cbd43714fe2740f5e3616155c5b8419",
  [usdc]: "0x8fffffd4afb6115b954bd326cbe7b4ba576818f6",
};
const url = "https://node.example/v2/secret-key";
const source = chainlink({ url, feeds });

// The interface as Chainlink publishes it: the adapter's own few lines are held against viem's.
const abi = parseAbi([
  "function decimals() view returns (uint8)",
  "function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
]);
type Round = { answer: bigint; updatedAt: bigint; roundId: bigint; answeredInRound: bigint };
const roundId = 110_680_464_442_257_320_000n;
const usual: Round = {
  answer: 341_277_000_000n,
  updatedAt: 1_785_000_049n,
  roundId,
  answeredInRound: roundId,
};

const scaleResult = (decimals = 8) =>
  encodeFunctionResult({ abi, functionName: "decimals", result: decimals });
const roundResult = (changes: Partial<Round> = {}) => {
  const { answer, updatedAt, roundId: id, answeredInRound } = { ...usual, ...changes };
  const result = [id, answer, updatedAt - 12n, updatedAt, answeredInRound] as const;
  return encodeFunctionResult({ abi, functionName: "latestRoundData", result });
};
const one = (id: number, result: unknown) => ({ jsonrpc: "2.0", id, result });
const said = (changes: Partial<Round> = {}, decimals = 8) => [
  one(0, scaleResult(decimals)),
  one(1, roundResult(changes)),
  one(2, scaleResult()),
  one(3, roundResult({ answer: 99_981_000n })),
];
const ethOf = (answer: unknown) => {
  const read = readRounds(answer, [eth, usdc]);
  if (!read.ok) throw new Error(read.error.detail);
  return read.value.readings.find(({ series }) => series === eth);
};

describeAdapter("Chainlink", source, nowMs, {
  happy: {
    says: () => said(),
    check(outcome) {
      expect(readingOf(outcome, eth)).toEqual({
        series: eth,
        value: "3412.77",
        observeMs: 1_785_000_049_000,
        qualities: [],
      });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.99981" });
    },
  },
  "empty but valid": {
    // Where there is no contract, a call succeeds and returns nothing.
    says: () => [one(0, "0x"), one(1, "0x"), one(2, "0x"), one(3, "0x")],
    check: (outcome) => expect(readingOf(outcome, eth)).toMatchObject({ value: undefined }),
  },
  "missing and null": {
    says: () => [one(0, scaleResult()), one(1, null), null, one(2, scaleResult())],
    check(outcome) {
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: undefined });
    },
  },
  stale: {
    says: () => said({ updatedAt: 1_784_900_000n }),
    check: (outcome) =>
      expect(readingOf(outcome, eth)).toMatchObject({ observeMs: 1_784_900_000_000 }),
  },
  "dated in the future": {
    says: () => said({ updatedAt: 1_785_900_000n }),
    check: (outcome) =>
      expect(readingOf(outcome, eth)).toMatchObject({ observeMs: 1_785_900_000_000 }),
  },
  "an unknown enum": { none: "there is no enum in the answer" },
  "a string for a number": {
    says: () => [one(0, 8), one(1, 341_277_000_000), one(2, "8"), one(3, "99981000")],
    check: (outcome) => expect(readingOf(outcome, eth)).toMatchObject({ value: undefined }),
  },
  "revised and retracted": { none: "a round is followed by the next, never corrected" },
  duplicated: {
    says: () => [...said(), one(1, roundResult({ answer: 1n }))],
    check(outcome) {
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.99981" });
    },
  },
  "partial coverage": {
    says: () => [
      { jsonrpc: "2.0", id: 1, error: { code: 3, message: "execution reverted" } },
      ...said().filter(({ id }) => id !== 1),
    ],
    check(outcome) {
      expect(readingOf(outcome, eth)).toMatchObject({ value: undefined, observeMs: undefined });
      expect(readingOf(outcome, usdc)).toMatchObject({ value: "0.99981" });
    },
  },
});

describe("a round", () => {
  test.for<readonly [string, Partial<Round>, number, string | undefined]>([
    ["of eighteen places", { answer: 3_412_770_000_000_000_005_000n }, 18, "3412.770000000000005"],
    [
      "of more, rounded once",
      { answer: 34_127_700_000_000_000_000_005n },
      19,
      "3412.770000000000000001",
    ],
    ["of no places", { answer: 3412n }, 0, "3412"],
    ["below zero", { answer: -341_277_000_000n }, 8, undefined],
    ["of zero", { answer: 0n }, 8, undefined],
    ["with an earlier one's answer", { answeredInRound: roundId - 1n }, 8, undefined],
    ["of absurdly many places", {}, 255, undefined],
  ])("%s", ([, changes, decimals, value]) => {
    expect(ethOf(said(changes, decimals))).toMatchObject({ value });
  });

  test.for<readonly [string, bigint]>([
    ["not complete", 0n],
    ["dated in milliseconds", 1_785_000_049_000n],
    ["dated absurdly", 2n ** 255n],
  ])("%s has no time", ([, updatedAt]) => {
    // Without startedAt: it would be below zero.
    const result = [roundId, usual.answer, 0n, updatedAt, roundId] as const;
    const data = encodeFunctionResult({ abi, functionName: "latestRoundData", result });
    expect(ethOf([one(0, scaleResult()), one(1, data)])).toMatchObject({ observeMs: undefined });
  });

  test.for<readonly [string, (data: string) => string]>([
    ["a word too few", (data) => data.slice(0, -64)],
    ["a word too many", (data) => `${data}${"0".repeat(64)}`],
    ["what is not hexadecimal", (data) => `${data.slice(0, -1)}g`],
    ["no prefix", (data) => data.slice(2)],
  ])("with %s is none", ([, broken]) => {
    expect(ethOf([one(0, scaleResult()), one(1, broken(roundResult()))])?.value).toBeUndefined();
  });

  test("P13: is its answer, exactly, in whatever order a node answers", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 30n }),
        fc.nat(8),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        (answer, decimals, order) => {
          const batch = said({ answer }, decimals);
          const value = formatUnits(answer, decimals);
          expect(ethOf(order.map((at) => batch[at]))).toMatchObject({ value });
        },
      ),
    );
  });
});

describe("the request", () => {
  test("is one batch of the calls that Chainlink's interface has", async () => {
    const bodies: unknown[] = [];
    await outcomeOf(
      source,
      (_, body) => {
        bodies.push(JSON.parse(body ?? ""));
        return said();
      },
      nowMs,
    );
    const call = (id: number, to: string, functionName: "decimals" | "latestRoundData") => ({
      jsonrpc: "2.0",
      id,
      method: "eth_call",
      params: [{ to, data: encodeFunctionData({ abi, functionName }) }, "latest"],
    });
    expect(bodies).toEqual([
      [
        call(0, feeds[eth] ?? "", "decimals"),
        call(1, feeds[eth] ?? "", "latestRoundData"),
        call(2, feeds[usdc] ?? "", "decimals"),
        call(3, feeds[usdc] ?? "", "latestRoundData"),
      ],
    ]);
  });

  test("a node at its limit is no reading, and says so without its address", async () => {
    const error = { code: -32_005, message: `too much for ${url}` };
    const outcome = await outcomeOf(source, () => ({ jsonrpc: "2.0", id: null, error }), nowMs);
    if (outcome.kind !== "failed") return expect.unreachable();
    expect(outcome.failure.reason).toBe("rate_limited");
    expect(JSON.stringify(outcome.failure)).not.toContain("secret-key");
  });

  test("is off without its settings or with wrong ones, and says so", () => {
    expect(chainlink(undefined)).toMatchObject({
      on: false,
      why: "CHAINLINK_RPC_URL or CHAINLINK_FEEDS is not set",
    });
    expect(chainlink({ url, feeds: {} })).toMatchObject({ on: false });
    expect(chainlink({ url, feeds: { "geo.cii.ua@v8": feeds[eth] ?? "" } })).toMatchObject({
      on: false,
      why: "CHAINLINK_FEEDS names geo.cii.ua@v8, which is no price",
    });
  });
});
