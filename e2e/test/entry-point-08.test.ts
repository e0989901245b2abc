/** The main job on EntryPoint 0.8: the real entry point, account and bundler. */
import { parseAbi, parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Execution_State } from "#gen/vault/v1/execution";
import { balancesOf } from "../scenario/owner.ts";
import { protectedVault } from "../scenario/protected-vault.ts";
import { crashWorld, hasEnded, waitForExecution } from "../scenario/world-change.ts";
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

test("the swap settles, under the hash that the vault computed", async () => {
  // The canonical address: the code is the published one.
  expect(stack.deployment.entryPoint).toBe("0x4337084d9e255ff0702461cf8895ce9e3b5ff108");
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
