/** Planning with a chain that answers, lies, or says nothing; and what no lie can take away. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { encodeAbiParameters, parseAbiParameters } from "viem";
import { describe, expect, test } from "vitest";
import { IntentSchema } from "#gen/vault/v1/intent";
import { formatAsset } from "#protocol/names";
import {
  account,
  calm,
  digit,
  dollar,
  ether,
  nodeOf,
  planContext,
  readerOf,
} from "../../test/support/planning.ts";
import { feed, pricesMs, readingsOf } from "../../test/support/prices.ts";
import { defaultPriceRule, type PriceReading } from "../price/price.ts";
import { type ChainDraft, draftIntent } from "./draft.ts";
import { type PlanAccess, planDraft } from "./plan-act.ts";

type Action = NonNullable<MessageInitShape<typeof IntentSchema>["action"]>;
const [eth, usdc] = [formatAsset(ether), formatAsset(dollar)];
const { chain } = planContext();
const quoter = digit("9");

function draft(action: Action): ChainDraft {
  const read = draftIntent(create(IntentSchema, { chain: "eip155:1", action }), account, chain);
  if (!read.ok || read.value.kind !== "chain") throw new Error("no such draft");
  return read.value;
}

const swap = (amount: { shareBps: number } | { exact: bigint }, slippageBps = 100) =>
  draft({
    action: {
      case: "swap",
      value: {
        sellAsset: eth,
        buyAsset: usdc,
        amount: {
          amount:
            "exact" in amount
              ? { case: "exact", value: String(amount.exact) }
              : { case: "shareBps", value: amount.shareBps },
        },
        maxSlippageBps: slippageBps,
        venue: { case: "uniswapV3", value: { fee: 3000 } },
      },
    },
  });

const rebalance = draft({
  action: {
    case: "rebalance",
    value: {
      targets: [
        { asset: eth, weightBps: 5000 },
        { asset: usdc, weightBps: 5000 },
      ],
      toleranceBps: 100,
      maxSlippageBps: 100,
      venue: { case: "uniswapV3", value: { fee: 3000 } },
    },
  },
});
const exit = draft({ action: { case: "exit", value: { assets: [eth, usdc] } } });
const send = (amount: bigint) =>
  draft({
    action: {
      case: "transfer",
      value: {
        asset: usdc,
        amount: { amount: { case: "exact", value: String(amount) } },
        recipient: `eip155:1:${digit("d")}`,
      },
    },
  });

const quoted = (amountOut: bigint) =>
  encodeAbiParameters(parseAbiParameters("uint256, uint160, uint32, uint256"), [
    amountOut,
    0n,
    0,
    0n,
  ]);
const one = 10n ** 18n;

function plan(
  of: ChainDraft,
  change: Partial<PlanAccess> = {},
  answer: Parameters<typeof nodeOf>[0] = (to) => (to === quoter ? quoted(10n ** 30n) : 10n ** 18n),
) {
  const access = {
    node: nodeOf(answer),
    prices: readerOf(calm),
    rule: defaultPriceRule,
    needsWorth: false,
    ...change,
  };
  return planDraft(of, access, pricesMs);
}

describe("planDraft", () => {
  test("plans a swap of a share", async () => {
    const planned = await plan(swap({ shareBps: 5000 }));
    expect(planned).toMatchObject({
      kind: "ok",
      act: {
        spends: [{ asset: eth, amount: one / 2n }],
        receives: [{ asset: usdc, amount: 1_237_500_000n }],
        guards: { deadlineSeconds: pricesMs / 1000 + 600 },
      },
    });
  });

  test.for<readonly [string, () => ReturnType<typeof plan>, object]>([
    [
      "a pool below the least",
      () => plan(swap({ exact: one }), {}, (to) => (to === quoter ? quoted(2_474_999_999n) : one)),
      {
        kind: "refused",
        by: "CHAIN",
        failure: {
          reason: "CHAIN_REFUSED",
          detail: "the pool pays 2474999999, which is less than the least, 2475000000",
        },
      },
    ],
    [
      "a pool at the least",
      () => plan(swap({ exact: one }), {}, (to) => (to === quoter ? quoted(2_475_000_000n) : one)),
      { kind: "ok" },
    ],
    [
      "a quoter that is none",
      () => plan(swap({ exact: one }), {}, (to) => (to === quoter ? "0x" : one)),
      { kind: "refused", by: "CHAIN", failure: { detail: "no quote: the quoter answers nothing" } },
    ],
    [
      "a node that is silent",
      () => plan(swap({ shareBps: 1 }), {}, () => undefined),
      { kind: "retry", reason: "unreachable" },
    ],
    [
      "a node that answers with something else",
      () => plan(swap({ shareBps: 1 }), {}, () => "0xzz"),
      { kind: "refused", by: "CHAIN" },
    ],
    [
      "a token without a contract",
      () => plan(exit, { exit: { recipient: `eip155:1:${digit("f")}`, assets: [] } }, () => "0x"),
      { kind: "refused", by: "CHAIN" },
    ],
    [
      "no prices",
      () => plan(swap({ exact: one }), { prices: readerOf(new Map()) }),
      { kind: "refused", by: "VAULT", failure: { reason: "PRICE_UNFIT" } },
    ],
    [
      "prices that can't be read now",
      () =>
        plan(swap({ exact: one }), {
          prices: { read: async () => ({ kind: "retry", reason: "no quorum" }) },
        }),
      { kind: "retry", reason: "no quorum" },
    ],
    [
      "nothing to rebalance",
      () => plan(rebalance, {}, (to) => (to === "eth_getBalance" ? one : 2_500_000_000n)),
      { kind: "nothing" },
    ],
    [
      "an exit of nothing",
      () => plan(exit, { exit: { recipient: `eip155:1:${digit("f")}`, assets: [] } }, () => 0n),
      { kind: "nothing" },
    ],
    [
      "an exit to nowhere",
      () => plan(exit),
      { kind: "refused", by: "VAULT", failure: { metadata: { rule: "exit_recipient" } } },
    ],
    [
      "an exit",
      () => plan(exit, { exit: { recipient: `eip155:1:${digit("f")}`, assets: [] } }),
      { kind: "ok", act: { operation: { isExit: true, isEarly: false } } },
    ],
    [
      "what needs no worth has it all the same, for each asset and in all",
      () => plan(send(5_000_001n)),
      {
        kind: "ok",
        act: {
          operation: { worthMicroUsd: 5_000_001n, spends: [{ microUsd: 5_000_001n }] },
          spends: [{ microUsd: 5_000_001n }],
        },
      },
    ],
    [
      "what needs no worth goes on without, and is held to no price",
      () => plan(send(5n), { prices: readerOf(new Map()) }),
      { kind: "ok", act: { operation: { worthMicroUsd: undefined, prices: [] } } },
    ],
    [
      "what needs no worth goes on when no price can be read",
      () =>
        plan(send(5n), {
          prices: { read: async () => ({ kind: "retry", reason: "no quorum" }) },
        }),
      { kind: "ok", act: { operation: { worthMicroUsd: undefined } } },
    ],
    [
      "what needs its worth has it",
      () => plan(send(5_000_001n), { needsWorth: true }),
      { kind: "ok", act: { operation: { worthMicroUsd: 5_000_001n, prices: [{ asset: usdc }] } } },
    ],
    [
      "what needs its worth and has no price",
      () => plan(send(5n), { needsWorth: true, prices: readerOf(new Map()) }),
      { kind: "refused", by: "VAULT", failure: { reason: "PRICE_UNFIT" } },
    ],
  ])("%s", async ([, run, expected]) => {
    expect(await run()).toMatchObject(expected);
  });

  test("the deadline is the execution's, when it has one", async () => {
    const planned = await plan(swap({ exact: one }), { expireMs: pricesMs + 5_999 });
    if (planned.kind !== "ok") return expect.unreachable();
    expect(planned.act.guards.deadlineSeconds).toBe(pricesMs / 1000 + 5);
  });
});

const dollars = fc.oneof(
  fc.double({ min: 0.000001, max: 1e9, noNaN: true }),
  fc.constantFrom(0, 1e-9, 1e15),
);
/** Whatever one group says. */
const poison = fc.record({
  eth: dollars,
  usdc: dollars,
  decimals: fc.constantFrom(18, 18, 18, 6, 0, 99),
  atMs: fc.constantFrom(pricesMs, pricesMs - 10_000_000, pricesMs + 10_000_000, 0),
  silent: fc.boolean(),
});

test("whatever one source says and the pool pays: what comes is the honest price less the slippage, or nothing is done", async () => {
  let done = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 100_000, max: 500_000 }),
      fc.integer({ min: 1, max: 2 }),
      fc.oneof(poison, fc.integer({ min: -290, max: 290 })),
      fc.integer({ min: 1, max: 1000 }),
      fc.bigInt(1n, 10n ** 21n),
      fc.bigInt(-20_000n, 20_000n),
      async (cents, honestGroups, lie, slippageBps, amount, poolOff) => {
        const honest = Array.from({ length: honestGroups }, (_, at): readonly PriceReading[] => [
          feed(eth, cents / 100, { group: `honest${at}` }),
          feed(usdc, 1, { group: `honest${at}` }),
        ]).flat();
        const prices = readingsOf(...honest, ...lies(lie, cents / 100));
        const fair = (amount * BigInt(cents) * 10_000n) / one;
        const pays = (fair * (20_000n + poolOff)) / 20_000n;
        const planned = await plan(
          swap({ exact: amount }, slippageBps),
          { prices: readerOf(prices) },
          (to) => (to === quoter ? quoted(pays) : one),
        );
        if (planned.kind !== "ok") {
          expect(planned.kind).toBe("refused");
          return;
        }
        done += 1;
        const least = planned.act.receives[0]?.amount ?? 0n;
        expect(least * 10_000n).toBeGreaterThanOrEqual(fair * BigInt(10_000 - slippageBps));
        expect(least).toBeLessThanOrEqual(pays);
        // What is stated is what the calls hold.
        const { data = "0x" } = planned.act.calls[0] ?? {};
        expect(data).toContain(least.toString(16).padStart(64, "0"));
      },
    ),
    { numRuns: 300 },
  );
  // A test of refusals alone would show nothing.
  expect(done).toBeGreaterThan(20);
});

type Lie = { eth: number; usdc: number; decimals: number; atMs: number; silent: boolean } | number;

function lies(lie: Lie, price: number): readonly PriceReading[] {
  const group = "liar";
  if (typeof lie === "number") {
    return [feed(eth, price * (1 + lie / 10_000), { group }), feed(usdc, 1, { group })];
  }
  if (lie.silent) return [];
  const { decimals, atMs } = lie;
  return [feed(eth, lie.eth, { group, decimals, atMs }), feed(usdc, lie.usdc, { group, atMs })];
}

test("a batch's spends are the sums of its steps'", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(eth, usdc), fc.bigInt(1n, 10n ** 20n)), {
        minLength: 1,
        maxLength: 8,
      }),
      async (moves) => {
        const planned = await plan(
          draft({
            action: {
              case: "batch",
              value: {
                steps: moves.map(([asset, amount]) => ({
                  step: {
                    case: "transfer" as const,
                    value: {
                      asset,
                      amount: { amount: { case: "exact" as const, value: String(amount) } },
                      recipient: `eip155:1:${digit("d")}`,
                    },
                  },
                })),
              },
            },
          }),
        );
        if (planned.kind !== "ok") return expect.unreachable();
        const { operation, guards, calls } = planned.act;
        const sums = new Map<string, bigint>();
        for (const [asset, amount] of moves) sums.set(asset, (sums.get(asset) ?? 0n) + amount);
        expect(new Map(operation.spends.map(({ asset, amount }) => [asset, amount]))).toEqual(sums);
        expect(new Map(guards.changes.map(({ asset, atLeast }) => [asset, -atLeast]))).toEqual(
          sums,
        );
        // What the calls can take at worst, read from the calls themselves.
        const taken = calls.reduce(
          (total, { value, data }) =>
            total + value + (data === "0x" ? 0n : BigInt(`0x${data.slice(-64)}`)),
          0n,
        );
        expect(taken).toBe([...sums.values()].reduce((sum, one) => sum + one, 0n));
      },
    ),
    { numRuns: 50 },
  );
});
