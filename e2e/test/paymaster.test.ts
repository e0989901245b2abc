/** A paymaster pays: the real contract, a stand-in for its service, an account without ether. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Execution_State } from "#gen/vault/v1/execution";
import { balancesOf, sendEther } from "../scenario/owner.ts";
import { setPolicy } from "../scenario/policy.ts";
import { addressIn, createSession, installSession } from "../scenario/session.ts";
import { claimVault, requestId, swapIntent } from "../scenario/vault.ts";
import { hasEnded, waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    name: "paymaster",
    persistent: false,
    progress: () => {},
    paymaster: true,
  });
});
afterAll(() => stack?.stop());

async function poorVault() {
  const vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  const session = await createSession(vault);
  const account = addressIn(session.account);
  await sendEther(stack, account, "0");
  await installSession(vault, session, "6");
  const swap = (lifeMs = 60_000) => {
    const intent = swapIntent(stack, { ether: "1" });
    intent.expireTime = timestampFromMs(Math.floor(Date.now() / 1000) * 1000 + lifeMs);
    return vault.client.vault.submitIntent({ parent: vault.name, requestId: requestId(), intent });
  };
  return { vault, account, swap };
}

test("a session account without any ether settles a swap", async () => {
  const { vault, account, swap } = await poorVault();
  await swap();
  const execution = await waitForExecution(vault, hasEnded);
  expect(execution.state).toBe(Execution_State.FINAL);
  expect(stack.paymaster?.consents()).toBe(1);
  expect(await stack.chain.reader.getBalance({ address: account })).toBe(0n);
  const { eth, usdc } = await balancesOf(stack, vault.owner.smartAccount.address);
  expect(eth).toBe(parseEther("9"));
  expect(usdc).toBeGreaterThan(0n);
});

test("while the service is down the swap waits, and settles when it is back", async () => {
  const { vault, swap } = await poorVault();
  stack.paymaster?.setDown(true);
  await swap();
  await new Promise((done) => setTimeout(done, 2_000));
  const waiting = await waitForExecution(vault, () => true);
  expect(waiting.state).toBe(Execution_State.PLANNED);
  stack.paymaster?.setDown(false);
  const execution = await waitForExecution(vault, hasEnded);
  expect(execution.state).toBe(Execution_State.FINAL);
});

test("after half of its life an intent goes without the service, if the account can pay", async () => {
  const { vault, account, swap } = await poorVault();
  await sendEther(stack, account, "0.5");
  stack.paymaster?.setDown(true);
  const before = stack.paymaster?.consents();
  const startMs = Date.now();
  await swap(8_000);
  const execution = await waitForExecution(vault, hasEnded);
  stack.paymaster?.setDown(false);
  expect(execution.state).toBe(Execution_State.FINAL);
  expect(Number(execution.fee)).toBeGreaterThan(0);
  expect(stack.paymaster?.consents()).toBe(before);
  expect(Date.now() - startMs).toBeGreaterThanOrEqual(3_500);
  const left = await stack.chain.reader.getBalance({ address: account });
  expect(left).toBeLessThan(parseEther("0.5"));
});
