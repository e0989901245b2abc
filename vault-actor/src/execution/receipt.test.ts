import { encodeAbiParameters, type Hex, pad, parseAbi, toEventSelector, toHex } from "viem";
import { describe, expect, test } from "vitest";
import { testChain } from "../../test/support/test-chain.ts";
import type { Outcome, Rpc } from "../account/node.ts";
import { findLanded, hasCode, latestBlock, nonceUsed, settledBlock } from "./receipt.ts";

const [operationEvent] = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
]);
const sender = `0x${"b".repeat(40)}` as const;
const nonce = toHex(0x1234_0000_0000_0000_0000n);
const word = (digit: string): Hex => `0x${digit.repeat(64)}`;
const { entryPoint } = testChain(1);

/** What one node sees, and how it differs. */
type View = {
  readonly head?: number;
  readonly landedIn?: number | undefined;
  readonly success?: boolean;
  readonly fee?: bigint;
  readonly block?: Hex;
  readonly receiptBlock?: Hex;
  readonly hasNoReceipt?: boolean;
  readonly hash?: Hex;
  /** Cuts the event's data after so many characters. */
  readonly dataLength?: number;
  readonly isDown?: boolean;
  /** The most blocks of one question for logs. */
  readonly maxRange?: number;
};

function nodeOf(view: View, asked: string[] = []): Rpc {
  const { head = 100, landedIn, maxRange, isDown } = view;
  const log = {
    address: entryPoint,
    topics: [toEventSelector(operationEvent), view.hash ?? word("1"), pad(sender), pad("0x0")],
    data: encodeAbiParameters(
      [{ type: "uint256" }, { type: "bool" }, { type: "uint256" }, { type: "uint256" }],
      [BigInt(nonce), view.success ?? true, view.fee ?? 5n, 5n],
    ).slice(0, view.dataLength) as Hex,
    transactionHash: word("7"),
    blockHash: view.block ?? word("a"),
  };
  const answer = (method: string, params: readonly unknown[]): unknown => {
    switch (method) {
      case "eth_blockNumber":
        return toHex(head);
      case "eth_getCode":
        return landedIn === undefined ? "0x" : "0x60";
      case "eth_call":
        return pad(toHex(BigInt(nonce) + (landedIn === undefined ? 0n : 1n)));
      case "eth_getLogs": {
        const { fromBlock, toBlock } = params[0] as Record<string, string>;
        const to = toBlock === "latest" ? head : Number(toBlock);
        if (maxRange !== undefined && to - Number(fromBlock) >= maxRange) return undefined;
        const isThere = landedIn !== undefined && landedIn >= Number(fromBlock) && landedIn <= to;
        return isThere ? [log] : [];
      }
      case "eth_getTransactionReceipt":
        if (view.hasNoReceipt) return null;
        return {
          blockNumber: toHex(landedIn ?? 0),
          blockHash: view.receiptBlock ?? log.blockHash,
          transactionHash: word("7"),
          logs: [log],
        };
      default:
        throw new Error(method);
    }
  };
  return async <T>(method: string, params: readonly unknown[]): Promise<Outcome<T>> => {
    asked.push(method);
    if (isDown) return { kind: "retry", reason: "down" };
    const value = answer(method, params);
    if (value !== undefined) return { kind: "ok", value: value as T };
    return { kind: "final", reason: "range is too large", code: -32000, data: undefined };
  };
}

function accessOf(views: readonly View[]) {
  const disagreements: string[] = [];
  const chain = { ...testChain(1), quorum: Math.floor(views.length / 2) + 1 };
  return {
    chain,
    nodes: views.map((view) => nodeOf(view)),
    onDisagreement: ({ message }: Error) => void disagreements.push(message),
    disagreements,
  };
}

const there: View = { landedIn: 50 };
const nowhere: View = {};
const landed = { kind: "ok", value: { success: true, fee: 5n, operationHash: word("1") } };
const none = { kind: "ok", value: undefined };

describe("a landing, in the word of the operators", () => {
  test.each<[string, readonly View[], object]>([
    ["one alone is believed", [there], landed],
    ["all agree", [there, there, there], landed],
    ["one hides it", [nowhere, there, there], landed],
    ["one invents it", [there, nowhere, nowhere], none],
    ["one says that it failed", [{ ...there, success: false }, there, there], landed],
    ["one says that it cost less", [{ ...there, fee: 1n }, there, there], landed],
    [
      "one says that it was another operation",
      [{ ...there, hash: word("2") }, there, there],
      landed,
    ],
    ["one names another block", [{ ...there, block: word("c") }, there, there], landed],
    ["one is down", [{ isDown: true }, there, there], landed],
    ["two of two must agree", [there, nowhere], { kind: "retry" }],
    ["all differ", [there, nowhere, { ...there, fee: 1n }], { kind: "retry" }],
    ["all are down", [{ isDown: true }], { kind: "retry" }],
    [
      "an event and a receipt of different blocks are no answer",
      [{ ...there, receiptBlock: word("c") }],
      { kind: "retry" },
    ],
    ["an event that is cut short is no answer", [{ ...there, dataLength: 130 }], { kind: "retry" }],
    ["an event of an odd hash is no answer", [{ ...there, hash: "0x1" }], { kind: "retry" }],
    [
      "an event without a receipt is no answer",
      [{ ...there, hasNoReceipt: true }],
      { kind: "retry" },
    ],
  ])("%s", async (_, views, expected) => {
    expect(await findLanded(accessOf(views), sender, nonce, 10)).toMatchObject(expected);
  });

  test("a disagreement is told", async () => {
    const access = accessOf([nowhere, there, there]);
    await findLanded(access, sender, nonce, 10);
    expect(access.disagreements).toEqual(["3 nodes disagree about a landing"]);
  });

  test.each([1, 7, 500, 2_000, 1e9])(
    "where a node bears %d blocks at once, it is found all the same",
    async (maxRange) => {
      const view = { ...there, landedIn: 40, head: 45, maxRange };
      expect(await findLanded(accessOf([view]), sender, nonce, 10)).toMatchObject(landed);
      const old = { ...there, landedIn: 3_000, head: 90_000, maxRange: Math.max(500, maxRange) };
      expect(await findLanded(accessOf([old]), sender, nonce, 10)).toMatchObject(landed);
    },
  );

  test("a long range is not read while the nonce is unused", async () => {
    const asked: string[] = [];
    const node = nodeOf({ head: 1_000_000, maxRange: 10 }, asked);
    const access = { ...accessOf([nowhere]), nodes: [node] };
    expect(await findLanded(access, sender, nonce, 10)).toEqual(none);
    expect(asked).toEqual(["eth_getLogs", "eth_blockNumber", "eth_call"]);
  });

  test("a nonce that is used by what the node does not show is no answer", async () => {
    const asked: string[] = [];
    const node = nodeOf({ landedIn: 5, head: 40, maxRange: 10 }, asked);
    const access = { ...accessOf([nowhere]), nodes: [node] };
    expect(await findLanded(access, sender, nonce, 10)).toMatchObject({ kind: "retry" });
  });

  test("whatever is no log and no receipt is no answer", async () => {
    for (const garbage of [null, {}, "0x", [null], [{}], 7]) {
      const node: Rpc = async <T>() => ({ kind: "ok", value: garbage as T });
      const access = { ...accessOf([nowhere]), nodes: [node] };
      expect(await findLanded(access, sender, nonce, 10)).toMatchObject({ kind: "retry" });
    }
  });
});

describe("what else operators are asked", () => {
  test.each<[readonly number[], number]>([
    [[100], 100],
    [[100, 90], 90],
    [[100, 90, 1_000], 100],
  ])("the newest block of %j is %d", async (heads, expected) => {
    const access = accessOf(heads.map((head) => ({ head })));
    expect(await latestBlock(access)).toEqual({ kind: "ok", value: expected });
    expect(await settledBlock(access)).toEqual({ kind: "ok", value: expected - 2 });
  });

  test.each<[string, readonly View[], object]>([
    ["one liar frees nothing", [nowhere, there, there], { kind: "ok", value: true }],
    ["one liar uses nothing up", [there, nowhere, nowhere], { kind: "ok", value: false }],
    ["two of two must agree", [there, nowhere], { kind: "retry" }],
  ])("a nonce and an account's code: %s", async (_, views, expected) => {
    const access = accessOf(views);
    expect(await nonceUsed(access, { sender, nonce }, 90)).toMatchObject(expected);
    expect(await hasCode(access, sender, "0x5a")).toMatchObject(expected);
  });
});
