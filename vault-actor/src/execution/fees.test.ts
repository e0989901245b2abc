import fc from "fast-check";
import { toHex } from "viem";
import { describe, expect, test } from "vitest";
import { testChain } from "../../test/support/test-chain.ts";
import type { Outcome, Rpc } from "../account/node.ts";
import { boundedBy, bumpFees, middleOf } from "./fee-rules.ts";
import { feePerGas } from "./fees.ts";

type Answers = Readonly<Record<string, unknown>>;

/** An endpoint that knows some methods. */
function endpoint(answers: Answers | undefined): Rpc {
  return async <T>(method: string): Promise<Outcome<T>> => {
    if (answers === undefined) return { kind: "retry", reason: "down" };
    const value = answers[method];
    if (value !== undefined) return { kind: "ok", value: value as T };
    return { kind: "final", reason: "no such method", code: -32601, data: undefined };
  };
}

const history = (base: number, tips: readonly number[]) => ({
  eth_feeHistory: {
    baseFeePerGas: [toHex(1), toHex(base)],
    reward: tips.map((tip) => [toHex(tip)]),
  },
});
const price = (max: number, priority: number) => ({
  pimlico_getUserOperationGasPrice: {
    fast: { maxFeePerGas: toHex(max), maxPriorityFeePerGas: toHex(priority) },
  },
});

function ask(nodes: readonly (Answers | undefined)[], bundler: Answers | undefined) {
  const faults: string[] = [];
  const access = {
    chain: { ...testChain(1), quorum: Math.floor(nodes.length / 2) + 1 },
    nodes: nodes.map(endpoint),
    bundler: {
      inOrder: () => [endpoint(bundler)],
      onFault: ({ message }: Error) => faults.push(message),
    },
  };
  return { answer: feePerGas(access), faults };
}

const usual = history(100, [3, 1, 2, 5, 4]);
const market = { max: 203n, priority: 3n };

describe("what to pay", () => {
  test.each<[string, readonly (Answers | undefined)[], Answers | undefined, object]>([
    ["twice the base fee and the usual tip", [usual], {}, market],
    ["the bundler's price, when it is more", [usual], price(300, 9), { max: 300n, priority: 9n }],
    ["the nodes', when the bundler asks too little", [usual], price(1, 1), market],
    ["the nodes', when the bundler is down", [usual], undefined, market],
    ["the nodes', when a bundler's is no price", [usual], price(5, 900), market],
    ["one node that makes it dear is outvoted", [usual, history(1e9, [9]), usual], {}, market],
    ["one node that lets it starve too", [usual, history(0, [1]), usual], {}, market],
    ["one node that is down", [undefined, usual, usual], {}, market],
    [
      "a node without a fee history: one and a half prices",
      [{ eth_gasPrice: "0x64", eth_maxPriorityFeePerGas: "0x2" }],
      {},
      { max: 150n, priority: 2n },
    ],
    [
      "a chain without tips",
      [{ ...history(100, [0, 0]), eth_gasPrice: "0x64" }],
      {},
      { max: 150n, priority: 100n },
    ],
  ])("%s", async (_, nodes, bundler, fees) => {
    expect(await ask(nodes, bundler).answer).toEqual({ kind: "ok", value: fees });
  });

  test("a price ten times the nodes' is not paid, and told", async () => {
    const dear = ask([usual], price(2031, 1));
    expect(await dear.answer).toEqual({ kind: "ok", value: market });
    expect(dear.faults).toHaveLength(1);
    const fair = ask([usual], price(2030, 1));
    expect(await fair.answer).toEqual({ kind: "ok", value: { max: 2030n, priority: 3n } });
    expect(fair.faults).toEqual([]);
  });

  test("no node, no price: a bundler's alone is not enough, nor is less than a quorum", async () => {
    expect(await ask([usual, undefined], price(5, 1)).answer).toMatchObject({ kind: "retry" });
    expect(await ask([undefined], price(5, 1)).answer).toMatchObject({ kind: "retry" });
  });
});

const amount = fc.bigInt({ min: 0n, max: 2n ** 70n });
const fees = fc
  .record({ priority: amount, more: amount })
  .map(({ priority, more }) => ({ max: priority + more, priority }));

describe("the rules of fees", () => {
  test("a replacement pays an eighth more at least, and the market's price if that is more", () => {
    fc.assert(
      fc.property(fees, fees, (previous, now) => {
        const next = bumpFees(previous, now);
        expect(next.max * 1_000n).toBeGreaterThanOrEqual(previous.max * 1_125n);
        expect(next.priority * 1_000n).toBeGreaterThanOrEqual(
          previous.max === 0n && now.max === 0n ? 0n : previous.priority * 1_125n,
        );
        expect(next.max).toBeGreaterThanOrEqual(now.max);
        expect(next.priority).toBeLessThanOrEqual(next.max);
      }),
    );
    expect(bumpFees({ max: 8n, priority: 1n }, { max: 0n, priority: 0n })).toEqual({
      max: 9n,
      priority: 2n,
    });
  });

  test("whatever a bundler says, ten times the nodes' price is the most", () => {
    fc.assert(
      fc.property(fees, fees, (own, nodes) => {
        const { fees: paid } = boundedBy(own, nodes);
        expect(paid.max).toBeLessThanOrEqual(nodes.max * 10n);
        expect(paid.max).toBeGreaterThanOrEqual(nodes.max);
        expect(paid.priority).toBeLessThanOrEqual(paid.max);
      }),
    );
  });

  test("fewer liars than half don't move the middle beyond what the honest say", () => {
    const said = fc.tuple(fc.array(fees, { minLength: 2, maxLength: 4 }), fees);
    fc.assert(
      fc.property(said, ([honest, liar]) => {
        const middle = middleOf([liar, ...honest]);
        const all = honest.map(({ max }) => max);
        expect(all.some((max) => max >= (middle?.max ?? 0n))).toBe(true);
        expect(all.some((max) => max <= (middle?.max ?? 0n))).toBe(true);
      }),
    );
    expect(middleOf([])).toBeUndefined();
  });
});
