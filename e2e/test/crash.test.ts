/**
 * Kills the stack at every point between the signal and the settlement, starts it again, and
 * counts the swaps on the chain: there is exactly one.
 */
import { parseAbi, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Execution_State } from "#gen/vault/v1/execution";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { balancesOf } from "../scenario/owner.ts";
import { protectedVault } from "../scenario/protected-vault.ts";
import type { LiveVault } from "../scenario/vault.ts";
import { calmWorld, crashWorld, waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import type { Fault, Tap } from "../stack/tap.ts";

let stack: Stack;
let tap: Tap;
beforeAll(async () => {
  stack = await startStack({ name: "crash", persistent: false, progress: () => {}, tapped: true });
  if (stack.tap === undefined) throw new Error("no tap");
  tap = stack.tap;
});
afterAll(() => stack?.stop());

/** Where the vault is when it dies: the call that it is making then, and what that call meets. */
const points: readonly (readonly [string, string, Fault])[] = [
  ["before it is planned: the quote hangs", "eth_getBalance", "hang"],
  ["before it is signed: the estimate hangs", "eth_estimateUserOperationGas", "hang"],
  ["signed, not sent: the call to the bundler hangs", "eth_sendUserOperation", "hang"],
  ["sent, not recorded: the bundler's answer is lost", "eth_sendUserOperation", "lose-answer"],
  ["in a block, not seen: the node lags behind", "eth_getLogs", "empty"],
  ["in a block, not recorded: the receipt is lost", "eth_getTransactionReceipt", "lose-answer"],
];

describe("killed at any point, the swap happens exactly once", () => {
  test.for(points)("%s", async ([, method, fault]) => {
    const vault = await protectedVault(stack);
    tap.set(method, fault);
    const hit = tap.hit(method);
    await crashWorld(stack);
    await hit;
    await stack.kill();
    tap.set(method, undefined);
    await stack.restart();
    await expectOneSwap(vault);
  });

  test("sent, not recorded, while the bundler goes on: the operation lands meanwhile", async () => {
    const vault = await protectedVault(stack);
    tap.set("eth_sendUserOperation", "lose-answer");
    const hit = tap.hit("eth_sendUserOperation");
    await crashWorld(stack);
    await hit;
    await stack.kill(["workerd"]);
    tap.set("eth_sendUserOperation", undefined);
    await new Promise((done) => setTimeout(done, 1_500));
    await stack.restart();
    await expectOneSwap(vault);
  });

  test("at once after the world changed, and again and again", async () => {
    const vault = await protectedVault(stack);
    await crashWorld(stack);
    for (const pauseMs of [0, 400, 800]) {
      await new Promise((done) => setTimeout(done, pauseMs));
      await stack.kill();
      await stack.restart();
    }
    await expectOneSwap(vault);
  });
});

async function expectOneSwap(vault: LiveVault): Promise<void> {
  const execution = await waitForExecution(vault, (e) => e.state === Execution_State.FINAL);
  expect(execution.spends[0]?.settled).toBe(parseEther("5").toString());
  const { executions } = await vault.client.vault.listExecutions({ parent: vault.name });
  expect(executions).toHaveLength(1);
  const { address } = vault.owner.smartAccount;
  const { eth, usdc } = await balancesOf(stack, address);
  expect(eth).toBe(parseEther("5"));
  const swaps = await stack.chain.reader.getLogs({
    address: stack.deployment.usdc,
    event: parseAbi(["event Transfer(address indexed from, address indexed to, uint256 value)"])[0],
    args: { to: address },
    fromBlock: 0n,
  });
  expect(swaps.map((swap) => swap.args.value)).toEqual([usdc]);
  const { ledgerEntries } = await vault.client.vault.listLedgerEntries({ parent: vault.name });
  const count = (kind: LedgerEntry_Kind) => ledgerEntries.filter((e) => e.kind === kind).length;
  expect(count(LedgerEntry_Kind.TRIGGER_FIRED)).toBe(1);
  expect(count(LedgerEntry_Kind.OPERATION_SIGNED)).toBe(1);
  expect(count(LedgerEntry_Kind.OPERATION_SETTLED)).toBe(1);
  await calmWorld(stack);
}
