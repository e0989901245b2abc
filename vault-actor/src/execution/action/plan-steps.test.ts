/** What each action comes to: calls, worst case, least result, guards, words. */
import { decodeFunctionData, getAddress, parseAbi } from "viem";
import { describe, expect, test } from "vitest";
import { formatAsset } from "#protocol/names";
import {
  account,
  agreed,
  digit,
  dollar,
  ether,
  planContext,
  tokenAt,
} from "../../../test/support/planning.ts";
import { readingsOf } from "../../../test/support/prices.ts";
import { actOf } from "./act-of.ts";
import { planSteps } from "./plan-steps.ts";
import type { Step, SwapStep } from "./step.ts";
import type { ExitRule, PlanContext } from "./step-plan.ts";

const one = 10n ** 18n;
const [router, wrapped] = [digit("8"), tokenAt("7")];
const abi = parseAbi([
  "function approve(address spender, uint256 amount)",
  "function transfer(address to, uint256 amount)",
  "struct Params { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn; uint256 amountOutMinimum; uint160 sqrtPriceLimitX96; }",
  "function exactInputSingle(Params params)",
  "function unwrapWETH9(uint256 amountMinimum, address recipient)",
  "function multicall(bytes[] data)",
]);
const decoded = (data: `0x${string}`) => decodeFunctionData({ abi, data });
const swap = (change: Partial<SwapStep> = {}): SwapStep => ({
  kind: "swap",
  sell: ether,
  buy: dollar,
  quantity: { exact: one },
  slippageBps: 100,
  fee: 3000,
  ...change,
});
const terms = { needsWorth: false, deadlineMs: 1_800_000_600_999 };

function planned(steps: readonly Step[], context: PlanContext = planContext(), exit?: ExitRule) {
  const plans = planSteps(steps, context, exit);
  if (!plans.ok) return { refused: `${plans.error.reason} ${plans.error.detail}` };
  const act = actOf(plans.value, context, terms);
  if (!act.ok) throw new Error(act.error.detail);
  return act.value;
}

function act(steps: readonly Step[], context?: PlanContext, exit?: ExitRule) {
  const result = planned(steps, context, exit);
  if ("refused" in result) throw new Error(result.refused);
  return result;
}

describe("a swap", () => {
  test("of the native asset sends it along, for the fair price less the slippage", () => {
    const result = act([swap()]);
    expect(result.calls).toHaveLength(1);
    expect(result.calls[0]).toMatchObject({ target: router, value: one });
    expect(decoded(result.calls[0]?.data ?? "0x").args).toMatchObject([
      {
        tokenIn: getAddress(wrapped.address),
        tokenOut: getAddress(dollar.address),
        recipient: getAddress(account.address),
        amountIn: one,
        amountOutMinimum: 2_475_000_000n,
      },
    ]);
    expect(result.spends).toEqual([
      { asset: formatAsset(ether), amount: one, microUsd: 2_500_000_000n },
    ]);
    expect(result.receives).toEqual([
      { asset: formatAsset(dollar), amount: 2_475_000_000n, microUsd: 2_475_000_000n },
    ]);
    expect(result.operation).toMatchObject({ slippageBps: 100, worthMicroUsd: 2_500_000_000n });
    expect(result.operation.prices.map(({ sources }) => sources)).toEqual([2, 2]);
    expect(result.guards).toEqual({
      deadlineSeconds: 1_800_000_600,
      changes: [
        { asset: formatAsset(ether), atLeast: -one },
        { asset: formatAsset(dollar), atLeast: 2_475_000_000n },
      ],
      feeds: [],
    });
    expect(result.summary).toBe(
      `Swap 1 (${one} base units of ${formatAsset(ether)}) for at least 2475 ` +
        `(2475000000 base units of ${formatAsset(dollar)}), 1 % below the fair price.`,
    );
  });

  test("into the native asset approves exactly, and unwraps to the account", () => {
    const result = act([swap({ sell: dollar, buy: ether, quantity: { exact: 2_500_000_000n } })]);
    const [approval, call] = result.calls;
    expect(decoded(approval?.data ?? "0x")).toMatchObject({
      functionName: "approve",
      args: [expect.stringMatching(/^0x8{40}$/), 2_500_000_000n],
    });
    const { functionName, args } = decoded(call?.data ?? "0x");
    expect(functionName).toBe("multicall");
    const [inner, out] = (args as readonly [readonly `0x${string}`[]])[0].map(decoded);
    expect(inner?.args).toMatchObject([
      { recipient: `0x${"0".repeat(39)}2`, amountOutMinimum: (one * 99n) / 100n },
    ]);
    expect(out?.args?.[0]).toBe((one * 99n) / 100n);
    expect(String(out?.args?.[1]).toLowerCase()).toBe(account.address);
    // What the router is given is marked, counted once, and no allowance of the policy's.
    expect(result.operation.calls.map(({ venue }) => venue)).toEqual([true, undefined]);
    expect(result.operation.allowances).toEqual([]);
    expect(result.operation.spends).toMatchObject([
      { asset: formatAsset(dollar), amount: 2_500_000_000n },
    ]);
  });

  test("takes an allowance that the router has from before first", () => {
    const sells = swap({ sell: dollar, buy: ether, quantity: { exact: 5n } });
    const { calls } = act([sells, sells], planContext({ allowances: [[dollar, router, 9n]] }));
    const amounts = calls
      .map(({ data }) => decoded(data))
      .map(({ functionName, args }) => (functionName === "approve" ? args[1] : functionName));
    expect(amounts).toEqual([0n, 5n, "multicall", 5n, "multicall"]);
  });

  test.for<readonly [string, SwapStep, PlanContext, string]>([
    [
      "of a share of nothing",
      swap({ quantity: { shareBps: 5000 } }),
      planContext(),
      "CHAIN_REFUSED",
    ],
    ["without prices", swap(), planContext({ prices: new Map() }), "PRICE_UNFIT"],
    [
      "with one group's price",
      swap(),
      planContext({
        prices: readingsOf(
          ...agreed(formatAsset(ether), 2500).slice(0, 1),
          ...agreed(formatAsset(dollar), 1),
        ),
      }),
      "PRICE_UNFIT",
    ],
    [
      "with prices that differ",
      swap(),
      planContext({
        prices: readingsOf(
          ...agreed(formatAsset(ether), 2500).slice(0, 1),
          ...agreed(formatAsset(ether), 2700).slice(1),
          ...agreed(formatAsset(dollar), 1),
        ),
      }),
      "PRICE_UNFIT",
    ],
  ])("%s is refused", ([, step, context, reason]) => {
    expect(planned([step], context)).toMatchObject({ refused: expect.stringContaining(reason) });
  });
});

describe("a transfer", () => {
  test("of a share is of the balance, rounded down", () => {
    const context = planContext({ balances: [{ asset: ether, amount: 999n }] });
    const step = {
      kind: "transfer",
      asset: ether,
      quantity: { shareBps: 5000 },
      recipient: digit("d"),
    } as const;
    const result = act([step], context);
    expect(result.calls).toEqual([{ target: digit("d"), value: 499n, data: "0x" }]);
    expect(result.operation.recipients).toEqual([`eip155:1:${digit("d")}`]);
    expect(result.guards.changes).toEqual([{ asset: formatAsset(ether), atLeast: -499n }]);
  });
});

describe("an approval", () => {
  const approve = (amount: bigint) =>
    ({ kind: "approve", token: dollar, spender: digit("d"), amount }) as const;

  test.for<readonly [string, bigint, bigint, readonly bigint[]]>([
    ["is one call when nothing was allowed", 0n, 5n, [5n]],
    ["takes back first what was allowed", 3n, 5n, [0n, 5n]],
    ["takes back the same amount as well", 5n, 5n, [0n, 5n]],
    ["of zero takes back", 3n, 0n, [0n]],
  ])("%s", ([, present, amount, expected]) => {
    const context = planContext({ allowances: [[dollar, digit("d"), present]] });
    const result = act([approve(amount)], context);
    expect(result.calls.map(({ data }) => decoded(data).args?.[1])).toEqual(expected);
    const given = { asset: formatAsset(dollar), amount };
    expect(result.operation.spends).toMatchObject(amount === 0n ? [] : [given]);
    expect(result.operation.allowances).toEqual(
      amount === 0n ? [] : [{ ...given, spender: `eip155:1:${digit("d")}` }],
    );
    expect(result.operation.calls.every(({ venue }) => venue === undefined)).toBe(true);
  });

  test("after one in the same batch takes that back first", () => {
    const { calls, operation } = act([approve(5n), approve(7n)]);
    expect(calls.map(({ data }) => decoded(data).args?.[1])).toEqual([5n, 0n, 7n]);
    expect(operation.spends).toMatchObject([{ asset: formatAsset(dollar), amount: 12n }]);
  });
});

describe("a batch", () => {
  test("nets what comes and goes by asset in its guard, not in what it spends", () => {
    const pays = {
      kind: "transfer",
      asset: dollar,
      quantity: { exact: 475_000_000n },
      recipient: digit("d"),
    } as const;
    const result = act([swap(), pays]);
    expect(result.guards.changes).toEqual([
      { asset: formatAsset(ether), atLeast: -one },
      { asset: formatAsset(dollar), atLeast: 2_000_000_000n },
    ]);
    expect(result.spends.map(({ amount }) => amount)).toEqual([one, 475_000_000n]);
    expect(result.summary).toMatch(/^1\. swap .*; 2\. send .*\.$/);
  });

  test("its shares are of the balances before the first step", () => {
    const context = planContext({ balances: [{ asset: ether, amount: 1000n }] });
    const send = (shareBps: number) =>
      ({ kind: "transfer", asset: ether, quantity: { shareBps }, recipient: digit("d") }) as const;
    expect(act([send(5000), send(5000)], context).calls.map(({ value }) => value)).toEqual([
      500n,
      500n,
    ]);
  });
});

describe("an exit", () => {
  const recipient = `eip155:1:${digit("f")}`;
  const held = planContext({
    balances: [
      { asset: ether, amount: 7n },
      { asset: dollar, amount: 9n },
      { asset: wrapped, amount: 0n },
    ],
  });
  const assets = [ether, dollar, wrapped].map((asset) => formatAsset(asset));

  test("sends all that the policy lists and the account holds", () => {
    const { calls, operation } = act([{ kind: "exit", assets: [] }], held, { recipient, assets });
    expect(calls[0]).toEqual({ target: digit("f"), value: 7n, data: "0x" });
    expect(calls).toHaveLength(2);
    expect(decoded(calls[1]?.data ?? "0x").args?.[1]).toBe(9n);
    expect(operation.recipients).toEqual([recipient]);
    expect(operation.spends.map(({ amount }) => amount)).toEqual([7n, 9n]);
  });

  test("sends what the intent names alone", () => {
    const step = { kind: "exit", assets: [dollar] } as const;
    expect(act([step], held, { recipient, assets }).operation.spends).toHaveLength(1);
  });

  test("leaves assets of other chains where they are", () => {
    const other = { recipient, assets: ["eip155:10/slip44:60"] };
    const plans = planSteps([{ kind: "exit", assets: [] }], held, other);
    expect(plans).toEqual({ ok: true, value: [] });
  });

  test.for([undefined, "", `eip155:10:${digit("f")}`])("to %s is refused", (to) => {
    const exit = to === undefined ? undefined : { recipient: to, assets };
    expect(planned([{ kind: "exit", assets: [] }], held, exit)).toMatchObject({
      refused: expect.stringContaining("POLICY_REFUSED"),
    });
  });
});
