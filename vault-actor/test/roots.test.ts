/** Whose an account is, in workerd: the nodes' HTTP is stood in for, some of them lie. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { Vault_RootKind, Vault_State } from "#gen/vault/v1/vault";
import { hybridAccount } from "#protocol/account/hybrid-account";
import { unfreezeAct } from "#protocol/acts/vault-acts";
import { reasonOf } from "#protocol/errors";
import type { Address } from "#protocol/names";
import { fakeHybrid, signedBy } from "./support/fake-nodes.ts";
import {
  claimRoot,
  consentOf,
  makeClaimant,
  makeKey,
  rootClaim,
  standInForNodes,
  vaultOf,
} from "./support/root-claim.ts";
import { quorumChain } from "./support/test-chain.ts";

afterEach(() => vi.unstubAllGlobals());

const { accountFactory: factory, accountImplementation: implementation, rpcUrls } = quorumChain;
const [nodeA = "", nodeB = "", nodeC = ""] = rpcUrls;
const day = 86_400_000;

const reason = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);
const randomAccount = (): Address => makeKey().address;

async function claimReason(account: Address, claimant: Awaited<ReturnType<typeof makeClaimant>>) {
  const { clientOf } = vaultOf(account);
  const request = await rootClaim(account, claimant);
  return reason(clientOf(claimant.signer).vault.claimVault(request));
}

const tables = (account: Address) =>
  runInDurableObject(
    vaultOf(account).stub,
    (_object, { storage: { sql } }) => sql.exec("SELECT name FROM sqlite_master").toArray().length,
  );

test("a key claims its own account, with and without code, and while no node answers", async () => {
  const nodes = standInForNodes();
  const [bare, delegated, alone] = [makeKey(), makeKey(), makeKey()];
  nodes.accounts.set(delegated.address, { code: `0xef0100${"12".repeat(20)}` });
  const first = await claimRoot(bare.address, await makeClaimant(bare));
  expect(first.vault).toMatchObject({ rootKind: Vault_RootKind.EOA, state: Vault_State.ACTIVE });
  const second = await claimRoot(delegated.address, await makeClaimant(delegated));
  expect(second.vault.rootKind).toBe(Vault_RootKind.EIP7702);
  for (const url of rpcUrls) nodes.faults.set(url, () => new Response("down", { status: 503 }));
  const third = await claimRoot(alone.address, await makeClaimant(alone));
  expect(third.vault).toMatchObject({ rootKind: Vault_RootKind.EOA, state: Vault_State.ACTIVE });
});

test("an account whose address follows from its key is its key's at once", async () => {
  const nodes = standInForNodes();
  const [owner, buyer] = [makeKey(), makeKey()];
  const salts = ["01", "02", "03"].map((byte) => `0x${byte.repeat(32)}` as const);
  const [fresh, deployed, sold] = salts.map(
    (salt) => hybridAccount({ factory, implementation, owner: owner.address, salt }).address,
  ) as [Address, Address, Address];
  nodes.accounts.set(deployed, fakeHybrid(implementation, owner.address));
  nodes.accounts.set(sold, fakeHybrid(implementation, buyer.address));
  for (const [account, deploySalt = ""] of [
    [fresh, salts[0]],
    [deployed, salts[1]],
  ] as const) {
    const { vault } = await claimRoot(account, await makeClaimant(owner, { deploySalt }));
    expect(vault.rootKind).toBe(Vault_RootKind.COUNTERFACTUAL);
    expect(vault.state).toBe(Vault_State.ACTIVE);
    expect(vault.provisionalUntil).toBeUndefined();
  }
  // The former owner's deployment parameters prove nothing, and one node that says they do neither.
  const stale = await makeClaimant(owner, { deploySalt: salts[2] ?? "" });
  expect(await claimReason(sold, stale)).toBe("OWNER_PROOF_REJECTED");
  nodes.faults.set(nodeA, () => Response.json({ result: "0x" }));
  expect(await claimReason(sold, stale)).toBe("OWNER_PROOF_REJECTED");
  nodes.faults.set(nodeB, () => new Response("down", { status: 503 }));
  expect(await claimReason(sold, stale)).toBe("CHAIN_UNAVAILABLE");
  expect(await tables(sold)).toBe(0);
  nodes.faults.clear();
  const { vault } = await claimRoot(sold, await makeClaimant(buyer));
  expect(vault).toMatchObject({
    rootKind: Vault_RootKind.CONTRACT,
    state: Vault_State.PROVISIONAL,
  });
});

test("a contract's claim rests on its nodes' word: nothing acts for a day", async () => {
  const nodes = standInForNodes();
  const [account, key] = [randomAccount(), makeKey()];
  nodes.accounts.set(account, { code: "0x6001", judge: signedBy(key.address) });
  const claimant = await makeClaimant(key, { contract: account });
  const { vault, client } = await claimRoot(account, claimant);
  expect(vault).toMatchObject({
    rootKind: Vault_RootKind.CONTRACT,
    state: Vault_State.PROVISIONAL,
  });
  expect(Number(vault.provisionalUntil?.seconds)).toBe(Number(vault.createTime?.seconds) + 86_400);
  await plan(account);
  await runDurableObjectAlarm(vaultOf(account).stub);
  expect(await column(account, "SELECT state FROM execution")).toEqual(["PLANNED"]);
  await endProvisional(account);
  const { vault: later } = await client.vault.getVault({ name: vault.name });
  expect(later).toMatchObject({ state: Vault_State.ACTIVE });
  expect(later?.provisionalUntil).toBeUndefined();
});

test("an account of unknown code is nobody's for being called its owner", async () => {
  const nodes = standInForNodes();
  const [account, key] = [randomAccount(), makeKey()];
  nodes.accounts.set(account, { code: "0x6001", owner: key.address });
  expect(await claimReason(account, await makeClaimant(key))).toBe("OWNER_PROOF_REJECTED");
  const itself = await makeClaimant(key, { contract: account });
  expect(await claimReason(account, itself)).toBe("OWNER_PROOF_REJECTED");
  expect(await tables(account)).toBe(0);
});

test("an equal proof takes nothing over, nor does any once the day is over", async () => {
  const nodes = standInForNodes();
  const owner = makeKey();
  const salt = `0x${"04".repeat(32)}` as const;
  const account = hybridAccount({ factory, implementation, owner: owner.address, salt }).address;
  nodes.accounts.set(account, fakeHybrid(implementation, owner.address));
  const weak = await makeClaimant(owner, { contract: account });
  expect((await claimRoot(account, weak)).vault.state).toBe(Vault_State.PROVISIONAL);
  const again = await makeClaimant(owner, { contract: account });
  expect(await claimReason(account, again)).toBe("VAULT_CLAIMED");
  expect(await claimReason(account, await makeClaimant(owner))).toBe("VAULT_CLAIMED");
  await endProvisional(account);
  nodes.asked.length = 0;
  const strong = await makeClaimant(owner, { deploySalt: salt });
  expect(await claimReason(account, strong)).toBe("VAULT_CLAIMED");
  expect(nodes.asked).toEqual([]);
});

test("a repeat of a claim gets the first answer, and no node is asked", async () => {
  const nodes = standInForNodes();
  const [account, key] = [randomAccount(), makeKey()];
  nodes.accounts.set(account, { code: "0x6001", judge: signedBy(key.address) });
  const claimant = await makeClaimant(key, { contract: account });
  const client = vaultOf(account).clientOf(claimant.signer);
  const request = await rootClaim(account, claimant);
  const first = await client.vault.claimVault(request);
  nodes.asked.length = 0;
  expect(await client.vault.claimVault(request)).toEqual(first);
  expect(nodes.asked).toEqual([]);
});

test("strangers make a vault ask its nodes ten times a minute and no more", async () => {
  const nodes = standInForNodes();
  const key = makeKey();
  nodes.accounts.set(key.address, { code: "0x6001", judge: signedBy(randomAccount()) });
  const stranger = () => makeClaimant(makeKey(), { contract: key.address });
  for (let i = 0; i < 10; i++) {
    expect(await claimReason(key.address, await stranger())).toBe("OWNER_PROOF_REJECTED");
  }
  const asked = nodes.asked.length;
  expect(await claimReason(key.address, await stranger())).toBe("RATE_LIMITED");
  expect(nodes.asked.length).toBe(asked);
  expect(await tables(key.address)).toBe(0);
  // Who proves the account by its own key is not held up by them.
  expect(await claimReason(key.address, await makeClaimant(key))).toBe("ok");
});

test("the comparison at the day's end freezes a vault whose account has another owner", async () => {
  const nodes = standInForNodes();
  const [account, owner, thief] = [randomAccount(), makeKey(), makeKey()];
  nodes.accounts.set(account, fakeHybrid(implementation, owner.address));
  const claimant = await makeClaimant(owner);
  const { client, vault } = await claimRoot(account, claimant);
  expect(await column(account, "SELECT due_ms FROM job WHERE kind = 'reconcile'")).toEqual([
    Number(vault.createTime?.seconds) * 1000 + (vault.createTime?.nanos ?? 0) / 1e6 + day,
  ]);
  nodes.accounts.set(account, fakeHybrid(implementation, thief.address));
  // One node that keeps to the old owner does not hide it.
  nodes.faults.set(nodeC, (method) =>
    method === "eth_call"
      ? Response.json({ result: `0x${"0".repeat(24)}${owner.address.slice(2)}` })
      : undefined,
  );
  await endProvisional(account);
  await run(account, "UPDATE job SET due_ms = 0 WHERE kind = 'reconcile'");
  await runDurableObjectAlarm(vaultOf(account).stub);
  const { vault: frozen } = await client.vault.getVault({ name: vault.name });
  expect(frozen).toMatchObject({ state: Vault_State.FROZEN, freeze: { by: "vault" } });
  const { ledgerEntries } = await client.vault.listLedgerEntries({ parent: vault.name });
  expect(JSON.parse(ledgerEntries[0]?.facts ?? "")).toMatchObject({ cause: "owner" });

  // While a session lives, a lifted freeze is looked into at once.
  await run(
    account,
    `INSERT INTO session (session_id, sequence, state, chain_id, key_address, account_address,
      delegation_manager, created_ms) VALUES ('s', 1, 'ACTIVE', 31338, '0x', '0x', '0x', 0)`,
  );
  const build = unfreezeAct.bind(undefined, vaultOf(account).vaultId);
  const act = await consentOf(claimant, build, 1n);
  await client.vault.unfreezeVault({ name: vault.name, requestId: crypto.randomUUID(), act });
  await runDurableObjectAlarm(vaultOf(account).stub);
  const { vault: again } = await client.vault.getVault({ name: vault.name });
  expect(again?.freeze?.by).toBe("vault");
});

/** Plans an execution that is due now. */
async function plan(account: Address): Promise<void> {
  await run(
    account,
    `INSERT INTO execution (execution_id, sequence, state, intent, cause_kind, cause_ref, key_id,
      expire_ms, send_count, created_ms)
     VALUES ('e1', 1, 'PLANNED', x'', 'KEY', 'k', 'k', ${Date.now() + day}, 0, 0)`,
  );
  await run(account, "INSERT INTO job VALUES ('advance', 'e1', 0, 0)");
}

/** A day passes. */
async function endProvisional(account: Address): Promise<void> {
  await run(account, "UPDATE vault SET provisional_ms = provisional_ms - 86400001");
  // What the object remembers of its reads goes with it.
  await evictDurableObject(vaultOf(account).stub);
}

function run(account: Address, sql: string): Promise<void> {
  return runInDurableObject(vaultOf(account).stub, (_object, { storage }) => {
    storage.sql.exec(sql);
  });
}

function column(account: Address, sql: string): Promise<unknown[]> {
  return runInDurableObject(vaultOf(account).stub, (_object, { storage }) =>
    storage.sql
      .exec(sql)
      .toArray()
      .map((row) => Object.values(row)[0]),
  );
}
