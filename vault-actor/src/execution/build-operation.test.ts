import { encodeErrorResult, parseAbi, toHex } from "viem";
import { describe, expect, test } from "vitest";
import { testChain } from "../../test/support/test-chain.ts";
import type { Outcome, Rpc } from "../account/node.ts";
import type { Session } from "../session/session.ts";
import { operationFor } from "./build-operation.ts";
import { accessTo } from "./chain-access.ts";
import { encodeExecute, laneNonce, maxFeeOf, type UserOperation } from "./user-operation.ts";

const address = (digit: string) => `0x${digit.repeat(40)}` as const;
const service = "http://paymaster.test/";
const session: Session = {
  sessionId: "s1",
  state: "ACTIVE",
  chainId: 1,
  keyAddress: address("e"),
  accountAddress: address("b"),
  delegationManager: testChain(1).delegationManager,
  permission: undefined,
  expireMs: undefined,
  createdMs: 0,
  possession: undefined,
};
const callData = encodeExecute(testChain(1).delegationManager, "0xabcd");
const executionName = "vaults/v/executions/e1";

const fields = {
  paymaster: address("9"),
  paymasterData: "0x0102",
  paymasterVerificationGasLimit: toHex(1_000),
  paymasterPostOpGasLimit: toHex(10),
} as const;
const final = { ...fields, paymasterData: "0x0304" } as const;

type Answers = Readonly<Record<string, Outcome<unknown>>>;

const ok = (value: unknown): Outcome<unknown> => ({ kind: "ok", value });
const down: Outcome<unknown> = { kind: "retry", reason: "down" };
const no = (reason: string, code = -32500, data?: unknown): Outcome<unknown> => ({
  kind: "final",
  reason,
  code,
  data,
});

const usual: Answers = {
  eth_getCode: ok("0x60"),
  eth_blockNumber: ok("0x2a"),
  eth_call: ok("0x"),
  eth_feeHistory: ok({ baseFeePerGas: ["0x64"], reward: [["0x1"]] }),
  pimlico_getUserOperationGasPrice: no("no such method", -32601),
  eth_estimateUserOperationGas: ok({
    callGasLimit: toHex(100),
    verificationGasLimit: toHex(200),
    preVerificationGas: toHex(300),
  }),
  pm_getPaymasterStubData: ok(fields),
  pm_getPaymasterData: ok(final),
};

/** Builds with these answers; `asked` are the calls, `estimated` what gas was asked for. */
async function build(change: Answers = {}, paid = false, mayPayItself = false) {
  const answers = { ...usual, ...change };
  const asked: string[] = [];
  const estimated: UserOperation[] = [];
  const rpc: Rpc = async <T>(method: string, params: readonly unknown[]) => {
    asked.push(method);
    if (method === "eth_estimateUserOperationGas") estimated.push(params[0] as UserOperation);
    return (answers[method] ?? down) as Outcome<T>;
  };
  const paymaster = paid ? { url: service, context: { policy: "p" } } : undefined;
  const access = accessTo({ rpcFor: () => rpc }, { ...testChain(1), paymaster });
  const built = await operationFor({ executionName, session, callData, mayPayItself }, access);
  return { built, asked, estimated };
}

describe("an operation", () => {
  test("has its lane's nonce, the nodes' fees and the bundler's gas with a margin", async () => {
    const { built } = await build();
    expect(built).toEqual({
      kind: "ok",
      value: {
        fromBlock: 42,
        operation: {
          sender: session.accountAddress,
          nonce: laneNonce(executionName),
          callData,
          callGasLimit: toHex(115),
          verificationGasLimit: toHex(230),
          preVerificationGas: toHex(345),
          maxFeePerGas: toHex(201),
          maxPriorityFeePerGas: toHex(1),
          signature: "0x",
        },
      },
    });
  });

  test("has no less gas than the nodes say that its call takes", async () => {
    const gasOf = async (answer: Outcome<unknown>) => {
      const { built } = await build({ eth_estimateGas: answer });
      return built.kind === "ok" ? built.value.operation.callGasLimit : built.kind;
    };
    expect(await gasOf(ok(toHex(999)))).toBe(toHex(999));
    expect(await gasOf(ok(toHex(9)))).toBe(toHex(115));
    expect(await gasOf(ok("much"))).toBe(toHex(115));
    expect(await gasOf(down)).toBe(toHex(115));
  });

  test("of an account that is not there deploys it", async () => {
    const { built } = await build({ eth_getCode: ok("0x") });
    expect(built).toMatchObject({
      value: { operation: { factory: testChain(1).accountFactory } },
    });
  });

  const words = encodeErrorResult({
    abi: parseAbi(["error Error(string)"]),
    args: ["FairSwap:bad-rate"],
  });

  test.each<[string, Answers, object]>([
    [
      "the nodes say that it reverts, whatever the bundler says",
      { eth_call: no("execution reverted", 3, words) },
      { kind: "final", reason: "FairSwap:bad-rate" },
    ],
    [
      "the bundler refuses it",
      { eth_estimateUserOperationGas: no("AA23 reverted") },
      { kind: "final", reason: "AA23 reverted" },
    ],
    ["nobody can simulate it", { eth_call: down }, { kind: "retry" }],
    ["nobody can estimate it", { eth_estimateUserOperationGas: down }, { kind: "retry" }],
    ["nobody knows the price", { eth_feeHistory: down }, { kind: "retry" }],
    ["nobody knows the block", { eth_blockNumber: down }, { kind: "retry" }],
    ["nobody knows the account", { eth_getCode: down }, { kind: "retry" }],
  ])("is not made when %s", async (_, change, expected) => {
    expect((await build(change)).built).toMatchObject(expected);
  });
});

describe("an operation that a paymaster pays", () => {
  test("is estimated with the stub and carries the final fields, and its fee counts", async () => {
    const { built, estimated } = await build({}, true);
    expect(estimated).toMatchObject([fields]);
    if (built.kind !== "ok") throw new Error(built.kind);
    expect(built.value.operation).toMatchObject(final);
    expect(maxFeeOf(built.value.operation)).toBe((115n + 230n + 345n + 1_010n) * 201n);
  });

  test("a stub that is final is asked for no more", async () => {
    const stub = ok({ ...fields, isFinal: true });
    const { built, asked } = await build({ pm_getPaymasterStubData: stub }, true);
    expect(built).toMatchObject({ value: { operation: fields } });
    expect(asked).not.toContain("pm_getPaymasterData");
  });

  test("what the service says beside its fields changes nothing", async () => {
    const greedy = ok({ ...final, callData: "0xbad", sender: address("f"), maxFeePerGas: "0xff" });
    const { built } = await build({ pm_getPaymasterData: greedy }, true);
    const operation = { callData, sender: session.accountAddress, maxFeePerGas: toHex(201) };
    expect(built).toMatchObject({ value: { operation } });
  });

  const troubles: readonly (readonly [string, Answers])[] = [
    ["is down", { pm_getPaymasterStubData: down }],
    ["refuses", { pm_getPaymasterStubData: no("not you") }],
    ["is down when it should sign", { pm_getPaymasterData: down }],
    ["answers nothing", { pm_getPaymasterStubData: ok(null) }],
    ["answers with no address", { pm_getPaymasterStubData: ok({ ...fields, paymaster: "0x1" }) }],
    [
      "wants more gas than any",
      { pm_getPaymasterData: ok({ ...final, paymasterPostOpGasLimit: "0xffffff" }) },
    ],
    [
      "gives endless data",
      { pm_getPaymasterData: ok({ ...final, paymasterData: `0x${"00".repeat(5_000)}` }) },
    ],
  ];
  test.each(troubles)(
    "a service that %s is waited for, and then done without",
    async (_, change) => {
      expect((await build(change, true)).built).toMatchObject({ kind: "retry" });
      const { built } = await build(change, true, true);
      if (built.kind !== "ok") throw new Error(built.kind);
      expect(built.value.operation.paymaster).toBeUndefined();
    },
  );

  test("without one configured nobody is asked", async () => {
    const { asked } = await build();
    expect(asked.filter((method) => method.startsWith("pm_"))).toEqual([]);
  });
});
