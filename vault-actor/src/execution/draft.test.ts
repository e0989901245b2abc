import { create } from "@bufbuild/protobuf";
import { encodeFunctionData, hexToBytes, parseAbi } from "viem";
import { describe, expect, test } from "vitest";
import { IntentSchema } from "#gen/vault/v1/intent";
import type { Address } from "#protocol/names";
import { testChain } from "../../test/support/test-chain.ts";
import { draftIntent, earlyOperation } from "./draft.ts";

const address = (digit: string) => `0x${digit.repeat(40)}` as Address;
const caip = (digit: string, chain = 1) => `eip155:${chain}:${address(digit)}`;
const token = `eip155:1/erc20:${address("c")}`;
const native = "eip155:1/slip44:60";
const wrapped = `eip155:1/erc20:${address("7")}`;
const account = { chainId: 1, address: address("a") };
const chain = testChain(1);
type ActionInit = Extract<Parameters<typeof create<typeof IntentSchema>>[1], object>["action"];
const draft = (action: ActionInit, on = "eip155:1") =>
  draftIntent(
    create(IntentSchema, { chain: on, ...(action === undefined ? {} : { action }) }),
    account,
    chain,
  );
const outcome = (action: ActionInit, on?: string) => {
  const result = draft(action, on);
  if (!result.ok)
    return `${result.error.reason} ${result.error.metadata.rule ?? result.error.metadata.feature ?? result.error.metadata.field ?? ""}`.trim();
  const { calls, recipients } = earlyOperation(result.value);
  const short = (id: string) => id.slice(id.lastIndexOf(":") + 1);
  const [{ target = "", selector = "" } = {}] = calls;
  return { target: short(target), selector, recipients: recipients.map(short) };
};
const exact = { amount: { case: "exact" as const, value: "5" } };
const swap = (changes: object = {}): ActionInit => ({
  action: {
    case: "swap",
    value: {
      sellAsset: native,
      buyAsset: token,
      amount: exact,
      maxSlippageBps: 50,
      venue: { case: "uniswapV3", value: { fee: 3000 } },
      ...changes,
    },
  },
});
const call = (target: string, data: string, value = "0"): ActionInit => ({
  action: { case: "call", value: { target, value, data: hexToBytes(data as `0x${string}`) } },
});
const erc20 = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function transferFrom(address from, address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
]);
const rebalance = (...targets: readonly (readonly [string, number])[]): ActionInit => ({
  action: {
    case: "rebalance",
    value: {
      targets: targets.map(([asset, weightBps]) => ({ asset, weightBps })),
      toleranceBps: 100,
      maxSlippageBps: 50,
      venue: { case: "uniswapV3", value: { fee: 3000 } },
    },
  },
});
const approve = (changes: object = {}): ActionInit => ({
  action: {
    case: "approve",
    value: { asset: token, spender: caip("d"), amount: "5", ...changes },
  },
});
const approveData = encodeFunctionData({
  abi: erc20,
  functionName: "approve",
  args: [address("d"), 7n],
});
const transferData = encodeFunctionData({
  abi: erc20,
  functionName: "transfer",
  args: [address("d"), 7n],
});
const pullData = encodeFunctionData({
  abi: erc20,
  functionName: "transferFrom",
  args: [address("a"), address("d"), 7n],
});

describe("draftIntent", () => {
  test.for<readonly [string, ActionInit, unknown, string?]>([
    [
      "a swap goes to the router and comes back to the vault",
      swap(),
      { target: address("8"), selector: "0x04e45aaf", recipients: [address("a")] },
    ],
    ["another chain", swap(), "CHAIN_UNSUPPORTED", "eip155:10"],
    [
      "an asset of another chain",
      swap({ buyAsset: `eip155:10/erc20:${address("c")}` }),
      "FIELD_INVALID chain",
    ],
    [
      "a swap of a token into the native asset is unwrapped",
      swap({ sellAsset: token, buyAsset: native }),
      { target: address("8"), selector: "0xac9650d8", recipients: [address("a")] },
    ],
    [
      "a swap of a token into the wrapped native asset",
      swap({ sellAsset: token, buyAsset: wrapped }),
      { target: address("8"), selector: "0x04e45aaf", recipients: [address("a")] },
    ],
    ["wrapping", swap({ buyAsset: wrapped }), "FEATURE_UNAVAILABLE Wrapping and unwrapping"],
    [
      "unwrapping",
      swap({ sellAsset: wrapped, buyAsset: native }),
      "FEATURE_UNAVAILABLE Wrapping and unwrapping",
    ],
    ["a swap into itself", swap({ sellAsset: token }), "FIELD_INVALID different"],
    ["an unknown native asset", swap({ sellAsset: "eip155:1/slip44:1" }), "FIELD_INVALID chain"],
    [
      "a swap of more than a contract can take",
      swap({ amount: { amount: { case: "exact", value: String(1n << 256n) } } }),
      "FIELD_INVALID range",
    ],
    ["a swap of nothing", swap({ amount: {} }), "FIELD_INVALID range"],
    [
      "a swap of a share of nothing",
      swap({ amount: { amount: { case: "shareBps", value: 0 } } }),
      "FIELD_INVALID range",
    ],
    [
      "a swap whose token is the delegation manager",
      swap({ buyAsset: `eip155:1/erc20:${address("2")}` }),
      "POLICY_REFUSED typed_action",
    ],
    [
      "a native transfer",
      {
        action: { case: "transfer", value: { asset: native, amount: exact, recipient: caip("d") } },
      },
      { target: address("d"), selector: "0x", recipients: [address("d")] },
    ],
    [
      "a token transfer",
      {
        action: { case: "transfer", value: { asset: token, amount: exact, recipient: caip("d") } },
      },
      { target: address("c"), selector: "0xa9059cbb", recipients: [address("d")] },
    ],
    [
      "a transfer to another chain",
      {
        action: {
          case: "transfer",
          value: { asset: native, amount: exact, recipient: caip("d", 10) },
        },
      },
      "FIELD_INVALID chain",
    ],
    [
      "a call",
      call(caip("e"), "0x12345678"),
      { target: address("e"), selector: "0x12345678", recipients: [] },
    ],
    [
      "a call with value pays its target",
      call(caip("e"), "0x12345678", "3"),
      { target: address("e"), selector: "0x12345678", recipients: [address("e")] },
    ],
    [
      "a raw token transfer counts as one",
      call(caip("c"), transferData),
      { target: address("c"), selector: "0xa9059cbb", recipients: [address("d")] },
    ],
    ["a raw pull of tokens", call(caip("c"), pullData), "POLICY_REFUSED typed_action"],
    ["a raw call to the router", call(caip("8"), "0x04e45aaf"), "POLICY_REFUSED typed_action"],
    [
      "a raw call to the vault itself",
      call(caip("a"), "0x12345678"),
      "POLICY_REFUSED typed_action",
    ],
    [
      "a raw call to the delegation manager",
      call(caip("2"), "0x12345678"),
      "POLICY_REFUSED typed_action",
    ],
    ["half a selector", call(caip("e"), "0x1234"), "FIELD_INVALID length"],
    ["a malformed token transfer", call(caip("c"), "0xa9059cbb00"), "FIELD_INVALID abi"],
    ["a raw approval", call(caip("c"), approveData), "POLICY_REFUSED typed_action"],
    ["calls within a call", call(caip("e"), "0xac9650d8"), "POLICY_REFUSED typed_action"],
    ["operators of a collection", call(caip("e"), "0xa22cb465"), "POLICY_REFUSED typed_action"],
    ["a permit", call(caip("c"), "0xd505accf"), "POLICY_REFUSED typed_action"],
    ["a larger allowance", call(caip("c"), "0x39509351"), "POLICY_REFUSED typed_action"],
    ["an upgrade", call(caip("e"), "0x3659cfe6"), "POLICY_REFUSED typed_action"],
    ["a module", call(caip("e"), "0x610b5925"), "POLICY_REFUSED typed_action"],
    [
      "a raw transfer with value",
      call(caip("c"), transferData, "1"),
      "POLICY_REFUSED typed_action",
    ],
    ["an enforcer", call(caip("6"), "0x12345678"), "POLICY_REFUSED typed_action"],
    [
      "a value that no call can carry",
      call(caip("e"), "0x", String(1n << 256n)),
      "FIELD_INVALID range",
    ],
    ["an approval", approve(), { target: address("c"), selector: "0x095ea7b3", recipients: [] }],
    ["an unbounded approval", approve({ amount: String(1n << 255n) }), "POLICY_REFUSED approval"],
    ["an approval of ether", approve({ asset: native }), "FIELD_INVALID asset"],
    ["an approval of the router", approve({ spender: caip("8") }), "POLICY_REFUSED typed_action"],
    ["an approval on another chain", approve({ spender: caip("d", 10) }), "FIELD_INVALID chain"],
    [
      "a transfer to the entry point",
      {
        action: { case: "transfer", value: { asset: native, amount: exact, recipient: caip("1") } },
      },
      "POLICY_REFUSED typed_action",
    ],
    [
      "a rebalance swaps through the router",
      rebalance([native, 6000], [token, 4000]),
      { target: address("8"), selector: "0x04e45aaf", recipients: [address("a")] },
    ],
    ["weights that are too little", rebalance([native, 6000], [token, 3999]), "FIELD_INVALID sum"],
    ["an asset twice", rebalance([native, 6000], [native, 4000]), "FIELD_INVALID unique"],
    [
      "the native asset and its wrapping",
      rebalance([native, 6000], [wrapped, 4000]),
      "FEATURE_UNAVAILABLE Wrapping and unwrapping",
    ],
    [
      "an exit of an asset of another chain",
      { action: { case: "exit", value: { assets: ["eip155:10/slip44:60"] } } },
      "FIELD_INVALID chain",
    ],
    ["an empty batch", { action: { case: "batch", value: {} } }, "FIELD_INVALID min_items"],
    [
      "a batch with a bad step",
      { action: { case: "batch", value: { steps: [{ step: { case: "swap", value: {} } }] } } },
      "FIELD_INVALID chain",
    ],
    ["no action", undefined, "FIELD_INVALID intent.action"],
  ])("%s", ([, action, expected, on]) => {
    expect(outcome(action, on)).toEqual(expected);
  });

  test("what a raw token transfer moves is spent, as the policy sees it", () => {
    const result = draft(call(caip("c"), transferData));
    if (!result.ok) return expect.unreachable();
    const operation = earlyOperation(result.value);
    expect(operation.spends).toEqual([{ asset: token, amount: 7n }]);
    expect(operation.calls[0]?.value).toBe(0n);
  });

  test("what leaves the wrapping of the native asset is spent", () => {
    const data = encodeFunctionData({
      abi: parseAbi(["function withdraw(uint256 amount)"]),
      args: [9n],
    });
    const spendsOf = (target: string) => {
      const result = draft(call(target, data));
      return result.ok ? earlyOperation(result.value).spends : undefined;
    };
    expect(spendsOf(caip("7"))).toEqual([{ asset: wrapped, amount: 9n }]);
    expect(spendsOf(caip("e"))).toEqual([]);
  });

  test("an exit goes to the policy's address alone, and is marked", () => {
    const result = draft({ action: { case: "exit", value: { assets: [token, native] } } });
    if (!result.ok) return expect.unreachable();
    const exit = { recipient: caip("f"), assets: [] };
    const operation = earlyOperation(result.value, exit);
    expect(operation).toMatchObject({ isExit: true, recipients: [caip("f")] });
    expect(operation.calls.map(({ target }) => target)).toEqual([caip("c"), caip("f")]);
    expect(earlyOperation(result.value)).toMatchObject({ isExit: true, calls: [], recipients: [] });
    expect(earlyOperation(result.value, { ...exit, recipient: caip("f", 10) }).calls).toEqual([]);
  });

  test("a batch adds up what its steps spend, and names each recipient once", () => {
    const transfer = (recipient: string) => ({
      step: { case: "transfer" as const, value: { asset: token, amount: exact, recipient } },
    });
    const approval = {
      step: {
        case: "approve" as const,
        value: { asset: token, spender: caip("d"), amount: "5" },
      },
    };
    const steps = [transfer(caip("d")), transfer(caip("e")), transfer(caip("d")), approval];
    const result = draft({ action: { case: "batch", value: { steps } } });
    if (!result.ok) return expect.unreachable();
    const { spends, recipients, allowances, calls } = earlyOperation(result.value);
    expect(spends).toEqual([{ asset: token, amount: 20n }]);
    expect(recipients).toEqual([caip("d"), caip("e")]);
    expect(allowances).toEqual([{ asset: token, spender: caip("d"), amount: 5n }]);
    expect(calls).toHaveLength(4);
  });

  test("an effect has hosts and no calls", () => {
    const url = "https://hooks.example.org/a";
    const result = draft({ action: { case: "webhook", value: { url, message: "m" } } });
    if (!result.ok) return expect.unreachable();
    expect(earlyOperation(result.value)).toMatchObject({
      hosts: ["hooks.example.org"],
      calls: [],
      spends: [],
      recipients: [],
      isEarly: true,
    });
  });
});
