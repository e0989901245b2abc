/**
 * The storage of a vault is put back to an earlier time, as its host's point-in-time recovery
 * can do: nothing that was revoked, used or spent since comes back.
 */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createVaultClient } from "#client/vault-client";
import { Scope } from "#gen/access/v1/access";
import { Execution_State } from "#gen/vault/v1/execution";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { Session_State } from "#gen/vault/v1/session";
import { Vault_State } from "#gen/vault/v1/vault";
import { FreezeVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { unfreezeAct } from "#protocol/acts/vault-acts";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import type { WireRequest } from "#protocol/exchange";
import { generateP256Signer, type Signer } from "#protocol/proof/signer";
import { grantKey, revokeKey } from "../scenario/keys.ts";
import { setPolicy } from "../scenario/policy.ts";
import { refusalOf, send, signedCall } from "../scenario/raw-call.ts";
import { createSession, installSession } from "../scenario/session.ts";
import { claimVault, type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
import { waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import type { Tap } from "../stack/tap.ts";

let stack: Stack;
let tap: Tap;
let vault: LiveVault;
let agent: Signer;
let replay: WireRequest;
const folders = () => {
  const at = stack.instance.folder;
  return { vaults: join(at, "objects", "metavault"), kept: join(at, "kept") };
};

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => {
      const { proof, cause } = errorInfoOf(error)?.metadata ?? {};
      return [reasonOf(error), proof ?? cause].filter(Boolean).join(" ");
    },
  );

/** Calls with a key, and with a clock as far ahead as a vault bears: no proof is younger. */
const clientOf = (signer: Signer) =>
  createVaultClient(stack.baseUrl, {
    vaultId: vault.owner.vaultId,
    signer,
    attestationKeyIds: [stack.secrets.attestationKeyId],
    now: () => Date.now() + 30_000,
  });

/** The vault as its owner meets it after the restore: another epoch, another device. */
async function afterwards(): Promise<LiveVault> {
  const signer = await generateP256Signer();
  const { owner } = vault;
  const consent: typeof owner.consent = (build) => owner.consent(build, 2n);
  return { ...vault, owner: { ...owner, consent }, signer, client: clientOf(signer) };
}

async function unfreeze({ owner, name, client }: LiveVault) {
  const act = await owner.consent(unfreezeAct.bind(undefined, owner.vaultId), 2n);
  return client.vault.unfreezeVault({ name, requestId: requestId(), act });
}

async function swap({ name, client }: LiveVault, ether: string) {
  const intent = swapIntent(stack, { ether });
  const call = { parent: name, requestId: requestId(), intent };
  return (await client.vault.submitIntent(call)).execution;
}

beforeAll(async () => {
  stack = await startStack({
    name: "restore",
    persistent: false,
    progress: () => {},
    tapped: true,
  });
  if (stack.tap === undefined) throw new Error("no tap");
  tap = stack.tap;
  vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  await installSession(vault, await createSession(vault), "6");
  agent = await generateP256Signer();
  await grantKey(vault, {
    keyId: agent.keyId,
    scopes: [Scope.VAULT_READ, Scope.VAULT_FREEZE, Scope.ACTION_EXECUTE],
  });
  const { vaults, kept } = folders();
  await stack.kill(["workerd"]);
  cpSync(vaults, kept, { recursive: true });
  await stack.restart();
});
afterAll(() => stack?.stop());

describe("a vault's storage is put back to before a swap and a revocation", () => {
  test("which the chain and the callers remember", async () => {
    // The swap lands, and the vault has not seen it yet.
    tap.set("eth_getLogs", "empty");
    await swap(vault, "4");
    await waitForExecution(vault, (e) => e.state === Execution_State.SENT);
    replay = await signedCall(
      stack,
      "metavault.vault.v1.VaultService/FreezeVault",
      FreezeVaultRequestSchema,
      { name: vault.name, requestId: requestId(), reason: "a test" },
      { signer: agent, vaultId: vault.owner.vaultId },
    );
    expect((await send(replay)).status).toBe(200);
    await revokeKey(vault, agent.keyId);
    await stack.kill(["workerd"]);
    const { vaults, kept } = folders();
    rmSync(vaults, { recursive: true });
    cpSync(kept, vaults, { recursive: true });
    await stack.restart();
    tap.set("eth_getLogs", undefined);
  });

  test("no key of before is accepted, revoked or not, and no call of before", async () => {
    const { name } = vault;
    expect(await outcome(vault.client.vault.getVault({ name }))).toBe("PROOF_REJECTED key_revoked");
    expect(await outcome(clientOf(agent).vault.getVault({ name }))).toBe(
      "PROOF_REJECTED key_revoked",
    );
    // As a key that is void, or as a stranger's call that comes from before.
    const refused = await refusalOf(await send(replay));
    expect(refused.metadata.proof).toMatch(/^(key_revoked|request_before_floor)$/);
    const owner = await afterwards();
    expect(await outcome(unfreeze(owner))).toBe("PROOF_REJECTED request_before_floor");
  });

  test("the freeze holds until the vault has compared itself with the chain", async () => {
    await sleep(2_500);
    const owner = await afterwards();
    tap.set("eth_call", "hang");
    expect(await outcome(unfreeze(owner))).toBe("CHAIN_UNAVAILABLE");
    tap.set("eth_call", undefined);
    const { vault: record } = await unfreeze(owner);
    expect(record?.state).toBe(Vault_State.ACTIVE);
  });

  test("the owner starts again, and what was spent is spent", async () => {
    const owner = await afterwards();
    await grantKey(owner, {
      keyId: owner.signer.keyId,
      scopes: [Scope.VAULT_READ, Scope.SESSION_CREATE, Scope.ACTION_EXECUTE],
    });
    await grantKey(owner, { keyId: agent.keyId, scopes: [Scope.VAULT_FREEZE] });
    expect((await refusalOf(await send(replay))).metadata.proof).toBe("request_before_floor");
    const { sessions } = await owner.client.vault.listSessions({ parent: owner.name });
    expect(sessions.map(({ state }) => state)).toEqual([Session_State.REVOKED]);
    const { policy } = await owner.client.vault.getPolicy({ name: `${owner.name}/policy` });
    expect(policy?.assets).toEqual([]);
    await setPolicy(owner, "6");
    // The new permission has a budget of its own on the chain; the vault's own has 2 ether left.
    await installSession(owner, await createSession(owner), "6");
    expect(await outcome(swap(owner, "4"))).toBe("LIMIT_EXCEEDED");
    await swap(owner, "2");
    const parent = owner.name;
    const final = async () => {
      const { executions } = await owner.client.vault.listExecutions({ parent });
      return executions.map(({ state, spends }) => [state, spends[0]?.settled]);
    };
    for (let i = 0; i < 100 && (await final())[0]?.[0] !== Execution_State.FINAL; i++) {
      await sleep(200);
    }
    expect(await final()).toEqual([
      [Execution_State.FINAL, parseEther("2").toString()],
      [Execution_State.FAILED, parseEther("4").toString()],
    ]);
    const { ledgerEntries } = await owner.client.vault.listLedgerEntries({ parent });
    const restored = ledgerEntries.filter((e) => e.kind === LedgerEntry_Kind.VAULT_RESTORED);
    expect(restored).toHaveLength(1);
  });
});
