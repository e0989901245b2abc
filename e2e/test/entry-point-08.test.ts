/** The main job on EntryPoint 0.8: the real entry point, account and bundler. */
import { parseAbi, parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Execution_State } from "#gen/vault/v1/execution";
import {
  operationHash,
  packOperation,
  type UserOperation,
} from "../../vault-actor/src/execution/user-operation.ts";
import { balancesOf } from "../scenario/owner.ts";
import { protectedVault } from "../scenario/protected-vault.ts";
import { crashWorld, hasEnded, waitForExecution } from "../scenario/world-change.ts";
import { deployEntryPoint } from "../stack/chain/contracts.ts";
import { localChainId } from "../stack/chain/node.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    name: "entry-point-08",
    persistent: false,
    progress: () => {},
    entryPointVersion: "0.8",
  });
});
afterAll(() => stack?.stop());

const [outcome] = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
]);

const hashAbi = parseAbi([
  "struct PackedUserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; bytes32 accountGasLimits; uint256 preVerificationGas; bytes32 gasFees; bytes paymasterAndData; bytes signature; }",
  "function getUserOpHash(PackedUserOperation userOp) view returns (bytes32)",
]);

/** The canonical addresses: what is at them is the published code. */
const addresses = {
  "0.7": "0x0000000071727de22e5e9d8baf0edac6f37da032",
  "0.8": "0x4337084d9e255ff0702461cf8895ce9e3b5ff108",
} as const;

test("the swap settles, under the hash that the vault computed", async () => {
  expect(stack.deployment.entryPoint).toBe(addresses["0.8"]);
  const vault = await protectedVault(stack);
  await crashWorld(stack);
  const execution = await waitForExecution(vault, hasEnded);
  expect(execution.state).toBe(Execution_State.FINAL);
  const { eth, usdc } = await balancesOf(stack, vault.owner.smartAccount.address);
  expect(eth).toBe(parseEther("5"));
  expect(usdc).toBeGreaterThan(0n);
  const landed = await stack.chain.reader.getLogs({
    address: stack.deployment.entryPoint,
    event: outcome,
    fromBlock: 0n,
  });
  expect(landed.map(({ args }) => [args.userOpHash, args.success])).toEqual([
    [execution.userOperationHash, true],
  ]);
});

test.each(["0.7", "0.8"] as const)("EntryPoint %s itself computes our hashes", async (version) => {
  const address = addresses[version];
  if (version !== "0.8") expect(await deployEntryPoint(stack.chain, version)).toBe(address);
  const sender = `0x${"5a".repeat(20)}` as const;
  const plain: UserOperation = {
    sender,
    nonce: "0x70000000000000000",
    callData: "0xdeadbeef",
    callGasLimit: "0x64",
    verificationGasLimit: "0xc8",
    preVerificationGas: "0x12c",
    maxFeePerGas: "0xa",
    maxPriorityFeePerGas: "0x2",
    signature: "0x",
  };
  const deploying = { factory: `0x${"fa".repeat(20)}`, factoryData: "0xc0de" } as const;
  const paid = {
    paymaster: `0x${"9a".repeat(20)}`,
    paymasterData: "0x0102",
    paymasterVerificationGasLimit: "0x3e8",
    paymasterPostOpGasLimit: "0x7d0",
  } as const;
  for (const change of [{}, deploying, paid, { ...deploying, ...paid }]) {
    const operation = { ...plain, ...change };
    const hash = await stack.chain.reader.readContract({
      address,
      abi: hashAbi,
      functionName: "getUserOpHash",
      args: [packOperation(operation)],
    });
    expect(operationHash(operation, address, localChainId, version)).toBe(hash);
  }
});
