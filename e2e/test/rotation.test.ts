/**
 * Keys change while a vault is at work, on the real chain: its session key, and the KEK of the
 * whole deployment. What was signed before lands, what comes after uses the new key, and every
 * swap happens exactly once.
 */
import { parseAbi, parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Execution_State } from "#gen/vault/v1/execution";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import type { Session } from "#gen/vault/v1/session";
import { reasonOf } from "#protocol/errors";
import { newKek } from "../../scripts/new-secrets.ts";
import { balancesOf } from "../scenario/owner.ts";
import { setPolicy } from "../scenario/policy.ts";
import { rotateSession } from "../scenario/rotation.ts";
import { addressIn, createSession, installSession } from "../scenario/session.ts";
import { claimVault, type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
import { waitForEnd } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    name: "rotation",
    persistent: false,
    progress: () => {},
    tapped: true,
  });
});
afterAll(() => stack?.stop());

const operationEvent = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
])[0];

/** A vault that may swap, and its first session. */
async function swapVault(): Promise<{ vault: LiveVault; session: Session }> {
  const vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  return { vault, session: await installSession(vault, await createSession(vault), "6") };
}

async function submitSwap({ client, name }: LiveVault): Promise<string> {
  const intent = swapIntent(stack, { ether: "1" });
  const request = { parent: name, requestId: requestId(), intent };
  const { execution } = await client.vault.submitIntent(request);
  return execution?.name ?? "";
}

async function finalSwap(vault: LiveVault, name: string): Promise<void> {
  await waitForEnd(vault, name);
  const { execution } = await vault.client.vault.getExecution({ name });
  expect(execution?.failure?.detail).toBeUndefined();
  expect(execution?.state).toBe(Execution_State.FINAL);
}

/** How many operations of a session's account the chain holds. */
async function landed(session: Session): Promise<number> {
  const logs = await stack.chain.reader.getLogs({
    address: stack.deployment.entryPoint,
    event: operationEvent,
    args: { sender: addressIn(session.account) },
    fromBlock: 0n,
  });
  return logs.filter((log) => log.args.success === true).length;
}

const etherOf = async (vault: LiveVault) =>
  (await balancesOf(stack, vault.owner.smartAccount.address)).eth;

test("a vault acts before, during and after a rotation of its session, each swap once", async () => {
  const { vault, session: old } = await swapVault();
  await finalSwap(vault, await submitSwap(vault));
  const next = await createSession(vault);
  // One is signed with the old key and does not get through to the bundler yet.
  stack.tap?.set("eth_sendUserOperation", "hang");
  const sending = stack.tap?.hit("eth_sendUserOperation");
  const signed = await submitSwap(vault);
  await sending;
  // Another one is only planned: its gas is being estimated for the old session.
  stack.tap?.set("eth_estimateUserOperationGas", "hang");
  const estimating = stack.tap?.hit("eth_estimateUserOperationGas");
  const planned = await submitSwap(vault);
  await estimating;
  await rotateSession(vault, old, next, "6");
  stack.tap?.set("eth_sendUserOperation", undefined);
  stack.tap?.set("eth_estimateUserOperationGas", undefined);
  const after = await submitSwap(vault);
  for (const name of [signed, planned, after]) await finalSwap(vault, name);
  expect([await landed(old), await landed(next)]).toEqual([2, 2]);
  expect(await etherOf(vault)).toBe(parseEther("6"));
});

test("a vault acts before, during and after a rotation of the KEK, each swap once", async () => {
  const { vault, session } = await swapVault();
  await finalSwap(vault, await submitSwap(vault));
  const { kek } = stack.secrets;
  const rotating = { ...stack.secrets, kek: newKek(), kekVersion: 2, kekPrevious: kek };
  const pending = await submitSwap(vault);
  await stack.kill(["workerd"]);
  await stack.restart(rotating);
  await finalSwap(vault, pending);
  await finalSwap(vault, await submitSwap(vault));
  const { ledgerEntries } = await vault.client.vault.listLedgerEntries({ parent: vault.name });
  const kinds = ledgerEntries.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === LedgerEntry_Kind.SECRETS_RESEALED)).toHaveLength(1);

  const { kekPrevious, ...rotated } = rotating;
  await stack.kill(["workerd"]);
  await stack.restart(rotated);
  await finalSwap(vault, await submitSwap(vault));
  expect(await landed(session)).toBe(4);
  expect(await etherOf(vault)).toBe(parseEther("6"));

  // The old KEK alone opens nothing any more; nothing is lost by trying.
  await stack.kill(["workerd"]);
  await stack.restart({ ...stack.secrets, kek: kekPrevious });
  const refused = await vault.client.vault.getVault({ name: vault.name }).then(
    () => "ok",
    (error: unknown) => reasonOf(error) ?? "unsigned",
  );
  expect(refused).not.toBe("ok");
  await stack.kill(["workerd"]);
  await stack.restart(rotated);
  expect((await vault.client.vault.getVault({ name: vault.name })).vault?.name).toBe(vault.name);
});
