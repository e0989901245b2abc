/** On the chain itself: what is signed and cancelled is voided, and nothing of it happens. */
import { parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Execution_Attempt_Kind, Execution_State } from "#gen/vault/v1/execution";
import { balancesOf } from "../scenario/owner.ts";
import { protectedVault } from "../scenario/protected-vault.ts";
import { requestId } from "../scenario/vault.ts";
import { calmWorld, crashWorld, waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import type { Tap } from "../stack/tap.ts";

let stack: Stack;
let tap: Tap;
beforeAll(async () => {
  stack = await startStack({ name: "void", persistent: false, progress: () => {}, tapped: true });
  if (stack.tap === undefined) throw new Error("no tap");
  tap = stack.tap;
});
afterAll(() => stack?.stop());

test("an execution that is cancelled after it was signed is voided by the chain's word", async () => {
  const vault = await protectedVault(stack);
  // The bundler never gets it, so only the void can land.
  tap.set("eth_sendUserOperation", "hang");
  const hit = tap.hit("eth_sendUserOperation");
  await crashWorld(stack);
  await hit;
  const signed = await waitForExecution(vault, (e) => e.state === Execution_State.SIGNED);
  const { name } = signed;
  await vault.client.vault.cancelExecution({ name, requestId: requestId() });
  tap.set("eth_sendUserOperation", undefined);
  const ended = await waitForExecution(vault, (e) => e.state === Execution_State.CANCELLED);
  expect(ended.attempts.map(({ kind }) => kind)).toEqual([
    Execution_Attempt_Kind.ACT,
    Execution_Attempt_Kind.VOID,
  ]);
  expect(ended.userOperationHash).toBe(ended.attempts[1]?.userOperationHash);
  expect(ended.spends.map(({ settled }) => settled)).toEqual(["0"]);
  const { eth } = await balancesOf(stack, vault.owner.smartAccount.address);
  expect(eth).toBe(parseEther("10"));
  await calmWorld(stack);
});
