/** What a key asks for directly, on the real chain: swaps, transfers, limits, freeze, repeats. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EnforcedBy } from "#gen/error/v1/error";
import { Execution_State } from "#gen/vault/v1/execution";
import type { Intent, IntentSchema } from "#gen/vault/v1/intent";
import { unfreezeAct } from "#protocol/acts/vault-acts";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { giftIntent, giftVault as makeGiftVault } from "../scenario/gifts.ts";
import { balancesOf } from "../scenario/owner.ts";
import { setPolicy } from "../scenario/policy.ts";
import { createSession, installSession } from "../scenario/session.ts";
import {
  claimVault,
  type LiveVault,
  nativeAsset,
  requestId,
  swapIntent,
} from "../scenario/vault.ts";
import { hasEnded, waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ name: "intents", persistent: false, progress: () => {} });
});
afterAll(() => stack?.stop());

const friend = `0x${"f1".repeat(20)}` as const;

async function swapVault(): Promise<LiveVault> {
  const vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  await installSession(vault, await createSession(vault), "6");
  return vault;
}

/** A vault that may send ether to a friend: 2 at once and 3 a day by policy, 4 a day on chain. */
const giftVault = () =>
  makeGiftVault(stack, friend, "10", {
    atOnce: parseEther("2"),
    aDay: parseEther("3"),
    aDayOnChain: parseEther("4"),
  });

const gift = (ether: string): Intent => giftIntent(friend, parseEther(ether));

const ask = (vault: LiveVault, intent: MessageInitShape<typeof IntentSchema>, id = requestId()) =>
  vault.client.vault.submitIntent({ parent: vault.name, requestId: id, intent });

const ended = (vault: LiveVault) => waitForExecution(vault, hasEnded);

describe("an intent", () => {
  test("to swap is carried out, and asked again under its id it is the same", async () => {
    const vault = await swapVault();
    const [intent, id] = [swapIntent(stack, { ether: "1" }), requestId()];
    const [first, again] = [await ask(vault, intent, id), await ask(vault, intent, id)];
    expect(again.execution?.name).toBe(first.execution?.name);
    const other = ask(vault, swapIntent(stack, { ether: "2" }), id);
    expect(await other.then(() => "ok", reasonOf)).toBe("REQUEST_ID_REUSED");
    const execution = await ended(vault);
    expect(execution.state).toBe(Execution_State.FINAL);
    const { executions } = await vault.client.vault.listExecutions({ parent: vault.name });
    expect(executions).toHaveLength(1);
    const { eth, usdc } = await balancesOf(stack, vault.owner.smartAccount.address);
    expect(eth).toBe(parseEther("9"));
    expect(usdc).toBeGreaterThan(0n);
  });

  test("to transfer is carried out; ten at once stay within the window", async () => {
    const vault = await giftVault();
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, () => ask(vault, gift("1"))),
    );
    const accepted = answers.filter((answer) => answer.status === "fulfilled");
    for (const { value } of accepted) {
      const name = value.execution?.name ?? "";
      await expect
        .poll(
          async () => {
            const { execution } = await vault.client.vault.getExecution({ name });
            return execution !== undefined && hasEnded(execution);
          },
          { timeout: 20_000 },
        )
        .toBe(true);
    }
    const { executions } = await vault.client.vault.listExecutions({ parent: vault.name });
    const final = executions.filter(({ state }) => state === Execution_State.FINAL);
    expect(final).toHaveLength(3);
    expect((await balancesOf(stack, friend)).eth).toBe(parseEther("3"));
    expect((await balancesOf(stack, vault.owner.smartAccount.address)).eth).toBe(parseEther("7"));
  });

  test("is simulated as it is carried out: what it takes, brings and is worth, and its limits", async () => {
    const vault = await swapVault();
    const intent = swapIntent(stack, { ether: "1" });
    const simulated = await vault.client.vault.simulateIntent({ parent: vault.name, intent });
    expect(simulated).toMatchObject({ allowed: true, quoted: true, decidingRule: "" });
    const { executions } = await vault.client.vault.listExecutions({ parent: vault.name });
    expect(executions).toEqual([]);
    const [spend] = simulated.spends;
    expect(spend?.reserved).toBe(String(parseEther("1")));
    expect(Number(spend?.reservedUsd)).toBeGreaterThan(100);
    await ask(vault, intent);
    const execution = await ended(vault);
    expect(execution.state).toBe(Execution_State.FINAL);
    expect(execution.spends).toMatchObject([{ ...spend, settled: String(parseEther("1")) }]);
    expect(execution.limits).toEqual(simulated.limits);
    const { usdc } = await balancesOf(stack, vault.owner.smartAccount.address);
    expect(usdc).toBeGreaterThanOrEqual(BigInt(simulated.receives[0]?.amount ?? ""));
  });

  test.each([
    ["1", [EnforcedBy.VAULT, EnforcedBy.CHAIN]],
    ["4", [EnforcedBy.VAULT]],
  ])("says who enforces its limits, when the chain lets %s leave a day", async (ether, by) => {
    const limits = { atOnce: parseEther("2"), aDay: parseEther("3") };
    const all = { ...limits, aDayOnChain: parseEther(ether) };
    const vault = await makeGiftVault(stack, friend, "2", all);
    await ask(vault, gift("0.1"));
    const execution = await ended(vault);
    const byRule = new Map(execution.limits.map(({ rule, enforcedBy }) => [rule, enforcedBy]));
    expect(byRule.get(`${nativeAsset} ${limits.atOnce} per operation`)).toEqual(by);
    expect(byRule.get(`${nativeAsset} ${limits.aDay} per 86400 s`)).toEqual(by);
  });

  test.each<[string, () => Intent, string, string]>([
    ["over the limit of one operation", () => gift("2.1"), "LIMIT_EXCEEDED", "VAULT"],
    [
      "of a kind that no rule names",
      () => swapIntent(stack, { ether: "1" }),
      "POLICY_REFUSED",
      "VAULT",
    ],
  ])("%s is refused, and leaves nothing behind", async (_, intent, reason) => {
    const vault = await giftVault();
    const simulated = await vault.client.vault.simulateIntent({
      parent: vault.name,
      intent: intent(),
    });
    expect(simulated.allowed).toBe(false);
    expect(await ask(vault, intent()).then(() => "ok", reasonOf)).toBe(reason);
    const { executions } = await vault.client.vault.listExecutions({ parent: vault.name });
    expect(executions).toEqual([]);
  });

  test("of a frozen vault is refused, until the owner lifts the freeze", async () => {
    const vault = await giftVault();
    const { client, name, owner } = vault;
    await client.vault.freezeVault({ name, requestId: requestId(), reason: "lost my phone" });
    const refused = await ask(vault, gift("1")).catch((error: unknown) => errorInfoOf(error));
    expect(refused).toMatchObject({ nextStep: expect.stringContaining("freeze") });
    const act = await owner.consent(unfreezeAct.bind(undefined, owner.vaultId), 1n);
    await client.vault.unfreezeVault({ name, requestId: requestId(), act });
    const again = client.vault.unfreezeVault({ name, requestId: requestId(), act });
    expect(await again.then(() => "ok", reasonOf)).toBe("OWNER_PROOF_REJECTED");
    await ask(vault, gift("1"));
    expect((await ended(vault)).state).toBe(Execution_State.FINAL);
  });
});
