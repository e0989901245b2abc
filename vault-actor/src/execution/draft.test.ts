import { create } from "@bufbuild/protobuf";
import { encodeFunctionData, hexToBytes, parseAbi } from "viem";
import { describe, expect, test } from "vitest";
import { IntentSchema } from "#gen/vault/v1/intent";
import type { Address } from "#protocol/names";
import { testChain } from "../../test/support/test-chain.ts";
import { draftIntent, noFees, operationOf } from "./draft.ts";

const address = (digit: string) => `0x${digit.repeat(40)}` as Address;
const caip = (digit: string, chain = 1) => `eip155:${chain}:${address(digit)}`;
const token = `eip155:1/erc20:${address("c")}`;
const native = "eip155:1/slip44:60";
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
  const { target, selector, recipients } = result.value;
  return { target, selector, recipients };
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
      "a swap of a token",
      swap({ sellAsset: token, buyAsset: native }),
      "FEATURE_UNAVAILABLE Swap of an ERC-20 token",
    ],
    [
      "a swap into wrapped native",
      swap({ buyAsset: `eip155:1/erc20:${address("7")}` }),
      "FEATURE_UNAVAILABLE Swap into wrapped native",
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
    ["half a selector", call(caip("e"), "0x1234"), "FIELD_INVALID data"],
    ["a malformed token transfer", call(caip("c"), "0xa9059cbb00"), "FIELD_INVALID data"],
    ["no action", undefined, "FIELD_INVALID intent.action"],
  ])("%s", ([, action, expected, on]) => {
    expect(outcome(action, on)).toEqual(expected);
  });

  test("what a raw token transfer moves is spent, as the policy sees it", () => {
    const result = draft(call(caip("c"), transferData));
    if (!result.ok) return expect.unreachable();
    const operation = operationOf(result.value, 7n, transferData, noFees);
    expect(operation.spends).toEqual([{ asset: token, amount: 7n }]);
    expect(operation.calls[0]?.value).toBe(0n);
  });
});
