import { pad, toHex } from "viem";
import { describe, expect, test } from "vitest";
import { testChain } from "../../test/support/test-chain.ts";
import type { Outcome, Rpc } from "./node.ts";
import { isNonceUsed } from "./nonce-lane.ts";

const chain = testChain(1);
const lane = 0xabn << 64n;
const operation = { sender: `0x${"b".repeat(40)}`, nonce: toHex(lane) } as const;

const answering = (answer: Outcome<unknown>) => {
  const asked: unknown[] = [];
  const rpc: Rpc = async <T>(method: string, params: readonly unknown[]) => {
    asked.push([method, ...params]);
    return answer as Outcome<T>;
  };
  return { rpc, asked };
};

describe("a lane of nonces", () => {
  test.each([
    ["unused", pad(toHex(lane)), { kind: "ok", value: false }],
    ["used", pad(toHex(lane + 1n)), { kind: "ok", value: true }],
    ["used more often", pad(toHex(lane + 3n)), { kind: "ok", value: true }],
    ["another lane's", pad(toHex(1n << 64n)), { kind: "retry" }],
    ["of an entry point that is not there", "0x", { kind: "retry" }],
    ["no number", "0xzz", { kind: "retry" }],
  ])("that is %s", async (_, value, outcome) => {
    const { rpc, asked } = answering({ kind: "ok", value });
    expect(await isNonceUsed(rpc, chain, operation, 7)).toMatchObject(outcome);
    expect(asked).toEqual([
      ["eth_call", { to: chain.entryPoint, data: expect.stringMatching(/^0x35567e1a/) }, "0x7"],
    ]);
  });

  test("of a node that does not answer is not known", async () => {
    const { rpc } = answering({ kind: "retry", reason: "unreachable" });
    expect(await isNonceUsed(rpc, chain, operation, 7)).toMatchObject({ kind: "retry" });
  });
});
