import { encodeErrorResult, parseAbi } from "viem";
import { describe, expect, test } from "vitest";
import { testChain } from "../../test/support/test-chain.ts";
import type { Outcome, Rpc } from "../account/node.ts";
import { simulate } from "./simulate.ts";
import { encodeExecute } from "./user-operation.ts";

const words = encodeErrorResult({
  abi: parseAbi(["error Error(string)"]),
  args: ["FairSwap:bad-rate"],
});
const works: Outcome<unknown> = { kind: "ok", value: "0x" };
const other: Outcome<unknown> = { kind: "ok", value: "0x01" };
const reverts: Outcome<unknown> = {
  kind: "final",
  reason: "execution reverted",
  code: 3,
  data: words,
};
const down: Outcome<unknown> = { kind: "retry", reason: "down" };
const refuses: Outcome<unknown> = { kind: "final", reason: "no", code: -32000, data: undefined };

const manager = testChain(1).delegationManager;
const operation = {
  sender: `0x${"b".repeat(40)}`,
  callData: encodeExecute(manager, "0xabcd"),
} as const;

function run(said: readonly Outcome<unknown>[], isDeployed = true) {
  const asked: unknown[] = [];
  const nodes = said.map(
    (answer): Rpc =>
      async <T>(method: string, params: readonly unknown[]) => {
        asked.push([method, params]);
        return answer as Outcome<T>;
      },
  );
  const quorum = Math.floor(said.length / 2) + 1;
  const chain = { ...testChain(1), quorum };
  return { answer: simulate({ chain, nodes }, operation, isDeployed), asked };
}

describe("a simulation by the nodes", () => {
  test.each<[string, readonly Outcome<unknown>[], object]>([
    ["one node carries it out", [works], { kind: "ok" }],
    [
      "one node says it reverts, in the contract's words",
      [reverts],
      { kind: "final", reason: "FairSwap:bad-rate" },
    ],
    ["one of three that says so is not believed", [reverts, works, works], { kind: "ok" }],
    ["two are", [reverts, works, reverts], { kind: "final", reason: "FairSwap:bad-rate" }],
    ["of two that differ neither is", [reverts, works], { kind: "retry" }],
    ["what it returns does not matter", [works, other, down], { kind: "ok" }],
    ["too few answer", [works, down, down], { kind: "retry" }],
    ["an error that is no revert is no answer", [refuses], { kind: "retry" }],
  ])("%s", async (_, said, expected) => {
    expect(await run(said).answer).toMatchObject(expected);
  });

  test("a deployed account is called by the entry point; else its call is made from its address", async () => {
    const { sender, callData } = operation;
    const deployed = run([works]);
    await deployed.answer;
    const { entryPoint } = testChain(1);
    expect(deployed.asked).toEqual([
      ["eth_call", [{ from: entryPoint, to: sender, data: callData }, "latest"]],
    ]);
    const undeployed = run([works], false);
    await undeployed.answer;
    expect(undeployed.asked).toEqual([
      ["eth_call", [{ from: sender, to: manager, data: "0xabcd" }, "latest"]],
    ]);
  });
});
