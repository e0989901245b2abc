import { describe, expect, test } from "vitest";
import type { Outcome, Rpc } from "../account/node.ts";
import { estimateGas, handOver, sendOperation } from "./bundler.ts";
import { placeholderSignature, type UserOperation } from "./user-operation.ts";

const operation: UserOperation = {
  sender: `0x${"b".repeat(40)}`,
  nonce: "0x0",
  callData: "0x",
  callGasLimit: "0x0",
  verificationGasLimit: "0x0",
  preVerificationGas: "0x0",
  maxFeePerGas: "0x1",
  maxPriorityFeePerGas: "0x1",
  signature: placeholderSignature,
};
const entryPoint = `0x${"1".repeat(40)}` as const;
const hash = `0x${"a".repeat(64)}` as const;

const ok = (value: unknown): Outcome<unknown> => ({ kind: "ok", value });
const down: Outcome<unknown> = { kind: "retry", reason: "status 503" };
const refuses = (code: number, reason: string): Outcome<unknown> => ({
  kind: "final",
  code,
  reason,
  data: undefined,
});

/** Bundlers that give one answer each; `asked` counts. */
function bundlersOf(...answers: readonly Outcome<unknown>[]) {
  const faults: string[] = [];
  let asked = 0;
  const inOrder = () =>
    answers.map(
      (answer): Rpc =>
        async <T>() => {
          asked += 1;
          return answer as Outcome<T>;
        },
    );
  const onFault = ({ message }: Error) => faults.push(message);
  return { bundlers: { inOrder, onFault }, faults, asked: () => asked };
}

describe("handing an operation over", () => {
  const underpriced = refuses(-32602, "replacement underpriced");
  const reverted = refuses(-32521, "reverted");

  test.each<[string, readonly Outcome<unknown>[], object, number]>([
    ["the first takes it", [ok(hash), ok(hash)], { kind: "accepted" }, 1],
    ["the first is down: the second takes it", [down, ok(hash)], { kind: "accepted" }, 2],
    ["the first refuses: the second takes it", [reverted, ok(hash)], { kind: "accepted" }, 2],
    ["it is known already", [refuses(-32602, "Already known")], { kind: "accepted" }, 1],
    [
      "all refuse: the first word about the operation counts",
      [down, underpriced, reverted],
      { kind: "refused", refusal: "underpriced" },
      3,
    ],
    ["all are down", [down, down], { kind: "refused", refusal: "trouble" }, 2],
    ["there is none", [], { kind: "refused", refusal: "trouble" }, 0],
  ])("%s", async (_, answers, expected, count) => {
    const { bundlers, asked } = bundlersOf(...answers);
    expect(await handOver(bundlers, operation, entryPoint, hash)).toMatchObject(expected);
    expect(asked()).toBe(count);
  });

  test("a hash that a bundler makes up is told, and changes nothing", async () => {
    const lying = bundlersOf(ok(`0x${"e".repeat(64)}`));
    expect(await sendOperation(lying.bundlers, operation, entryPoint, hash)).toEqual({
      kind: "ok",
      value: hash,
    });
    expect(lying.faults).toHaveLength(1);
    const honest = bundlersOf(ok(hash));
    await sendOperation(honest.bundlers, operation, entryPoint, hash);
    expect(honest.faults).toEqual([]);
  });

  test.each<[string, Outcome<unknown>, "retry" | "final"]>([
    ["the account can't pay", refuses(-32500, "AA21 didn't pay prefund"), "retry"],
    ["the bundler is in trouble", refuses(-32603, "internal error"), "retry"],
    ["the call reverts", reverted, "final"],
  ])("%s", async (_, answer, kind) => {
    const { bundlers } = bundlersOf(answer);
    expect(await sendOperation(bundlers, operation, entryPoint)).toMatchObject({ kind });
  });
});

describe("estimating gas", () => {
  const estimate = {
    callGasLimit: "0x64",
    verificationGasLimit: "0xc8",
    preVerificationGas: "0x12c",
  };
  const reverted = refuses(-32521, "reverted");

  test("a margin is added", async () => {
    const { bundlers } = bundlersOf(ok(estimate));
    expect(await estimateGas(bundlers, operation, entryPoint)).toEqual({
      kind: "ok",
      value: { callGasLimit: 115n, verificationGasLimit: 230n, preVerificationGas: 345n },
    });
  });

  test.each<[string, readonly Outcome<unknown>[], object]>([
    ["one that is down is passed over", [down, ok(estimate)], { kind: "ok" }],
    ["one that refuses is not believed alone", [reverted, ok(estimate)], { kind: "ok" }],
    ["all refuse", [reverted, reverted], { kind: "final" }],
    ["one refuses and one is down: not yet", [reverted, down], { kind: "retry" }],
    ["the account can't pay yet", [refuses(-32500, "AA21")], { kind: "retry" }],
    ["an absurd one is none", [ok({ ...estimate, callGasLimit: "0xffffffff" })], { kind: "retry" }],
    ["no number is none", [ok({ ...estimate, callGasLimit: 5 })], { kind: "retry" }],
    ["nothing is none", [ok(null), ok(estimate)], { kind: "ok" }],
  ])("%s", async (_, answers, expected) => {
    const { bundlers } = bundlersOf(...answers);
    expect(await estimateGas(bundlers, operation, entryPoint)).toMatchObject(expected);
  });
});
