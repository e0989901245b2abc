/** On the chain itself: an operation that is not included is replaced, and a chain that goes back. */
import { type Hex, parseAbi, parseEther } from "viem";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Execution, Execution_Attempt_Kind, Execution_State } from "#gen/vault/v1/execution";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { balancesOf } from "../scenario/owner.ts";
import { setPolicy } from "../scenario/policy.ts";
import { addressIn, createSession, installSession } from "../scenario/session.ts";
import { claimVault, type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
import { hasEnded, waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import type { Tap } from "../stack/tap.ts";

let stack: Stack;
let tap: Tap;
beforeAll(async () => {
  stack = await startStack({
    name: "replaced",
    persistent: false,
    progress: () => {},
    tapped: true,
    confirmations: 8,
  });
  if (stack.tap === undefined) throw new Error("no tap");
  tap = stack.tap;
});
afterAll(() => stack?.stop());
afterEach(() => tap.setBundler(tap.bundlerUrl, undefined));

const [outcome] = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
]);

async function swapVault() {
  const vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  const session = await createSession(vault);
  await installSession(vault, session, "6");
  const { execution } = await vault.client.vault.submitIntent({
    parent: vault.name,
    requestId: requestId(),
    intent: swapIntent(stack, { ether: "1" }),
  });
  if (execution === undefined) throw new Error("no execution");
  return { vault, sender: addressIn(session.account) };
}

const landings = (sender: Hex) =>
  stack.chain.reader.getLogs({
    address: stack.deployment.entryPoint,
    event: outcome,
    args: { sender },
    fromBlock: 0n,
  });

async function kindsOf(vault: LiveVault): Promise<readonly LedgerEntry_Kind[]> {
  const { ledgerEntries } = await vault.client.vault.listLedgerEntries({ parent: vault.name });
  return ledgerEntries.map(({ kind }) => kind);
}

/** It is final, landed once, and was settled once. */
async function expectOnce(vault: LiveVault, sender: Hex): Promise<Execution> {
  const execution = await waitForExecution(vault, hasEnded);
  expect(execution.state).toBe(Execution_State.FINAL);
  const landed = await landings(sender);
  expect(landed.map(({ args }) => args.userOpHash)).toEqual([execution.userOperationHash]);
  const settled = (await kindsOf(vault)).filter((k) => k === LedgerEntry_Kind.OPERATION_SETTLED);
  expect(settled).toHaveLength(1);
  const { eth } = await balancesOf(stack, vault.owner.smartAccount.address);
  expect(eth).toBe(parseEther("9"));
  return execution;
}

test("what a bundler takes and never includes is signed again at a higher fee, and lands once", async () => {
  tap.setBundler(tap.bundlerUrl, "swallow");
  const { vault, sender } = await swapVault();
  await waitForExecution(vault, (e) => e.attempts.length > 1);
  expect(await landings(sender)).toEqual([]);
  tap.setBundler(tap.bundlerUrl, undefined);
  const { attempts, userOperationHash } = await expectOnce(vault, sender);
  expect(attempts.every(({ kind }) => kind === Execution_Attempt_Kind.ACT)).toBe(true);
  expect(attempts.map((attempt) => attempt.userOperationHash).indexOf(userOperationHash)).toBe(
    attempts.length - 1,
  );
  const replaced = (await kindsOf(vault)).filter((k) => k === LedgerEntry_Kind.OPERATION_REPLACED);
  expect(replaced).toHaveLength(attempts.length - 1);
});

test.each([1, 3, 5])(
  "a chain that goes back %i blocks behind the landing: not included, lands once, settled once",
  async (depth) => {
    const { vault, sender } = await swapVault();
    const first = await waitForExecution(vault, (e) => e.state === Execution_State.INCLUDED);
    const included = Number(first.blockNumber);
    const head = () => stack.chain.reader.getBlockNumber();
    while (Number(await head()) < included + depth - 1) await new Promise((r) => setTimeout(r, 50));
    await stack.chain.tools.request({
      method: "anvil_reorg" as never,
      params: [Number(await head()) - included + 1, []] as never,
    });
    expect(await landings(sender)).toEqual([]);
    await expectOnce(vault, sender);
    expect(await kindsOf(vault)).toContain(LedgerEntry_Kind.OPERATION_REORGANISED);
  },
);
