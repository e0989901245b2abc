/** What a vault does when its storage was put back to an earlier time, in workerd. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { createVaultClient } from "#client/vault-client";
import { Scope } from "#gen/access/v1/access";
import { Vault_State } from "#gen/vault/v1/vault";
import { keyGrantAct, keyRevokeAct, unfreezeAct } from "#protocol/acts/vault-acts";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { generateP256Signer, type Signer } from "#protocol/proof/signer";
import { NotaryDO } from "../src/notary-object.ts";
import { durableDatabase } from "../src/storage/durable.ts";
import {
  bindings,
  claimedVault,
  claimRequest,
  grantOf,
  origin,
  type TestVault,
  unclaimedVault,
} from "./support/claimed-vault.ts";
import { putBack, type Snapshot, takeSnapshot } from "./support/snapshot.ts";

const requestId = () => crypto.randomUUID();

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => {
      const { proof, cause, state, epoch } = errorInfoOf(error)?.metadata ?? {};
      return [reasonOf(error), proof ?? cause ?? state, epoch].filter(Boolean).join(" ");
    },
  );

const snapshotOf = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, { storage }) => takeSnapshot(durableDatabase(storage)));

/** Puts the vault's storage back, and the object's memory with it. */
async function restore(vault: TestVault, snapshot: Snapshot): Promise<void> {
  await runInDurableObject(vault.stub, (_object, { storage }) =>
    putBack(durableDatabase(storage), snapshot),
  );
  await evictDurableObject(vault.stub);
}

const query = (vault: TestVault, sql: string) =>
  runInDurableObject(vault.stub, (_object, { storage }) => durableDatabase(storage).all(sql));

/** How many tables the vault's notary has. */
const notaryTables = ({ vaultId }: TestVault) =>
  runInDurableObject(
    bindings.NOTARY.getByName(vaultId),
    (_object, { storage }) =>
      storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray().length,
  );

/** A client whose clock is as far ahead as a vault bears, and what it sent last. */
function clientAhead(vault: TestVault, signer: Signer) {
  const sent: Request[] = [];
  const client = createVaultClient(origin, {
    vaultId: vault.vaultId,
    signer,
    attestationKeyIds: [bindings.ATTESTATION_KEY_ID],
    now: () => Date.now() + 30_000,
    fetch: (url, init) => {
      const { method, headers, body } = init;
      sent.push(new Request(url, { method, headers, body } as RequestInit));
      return vault.stub.fetch(url, init);
    },
  });
  return { ...client, sent };
}

/** The floor lies just above every proof that could have been made before. */
const passFloor = () => new Promise((done) => setTimeout(done, 2_500));

async function unfreeze(vault: TestVault, epoch: bigint) {
  const owner = clientAhead(vault, await generateP256Signer());
  const act = await vault.consent(unfreezeAct.bind(undefined, vault.vaultId), epoch);
  return owner.vault.unfreezeVault({ name: vault.name, requestId: requestId(), act });
}

async function grant(vault: TestVault, signer: Signer, epoch: bigint) {
  const owner = clientAhead(vault, await generateP256Signer());
  const wanted = grantOf(signer, [Scope.VAULT_READ, Scope.VAULT_FREEZE]);
  const act = await vault.consent(keyGrantAct.bind(undefined, vault.vaultId, wanted), epoch);
  const call = { parent: vault.name, requestId: requestId(), grant: wanted, act };
  return owner.vault.grantKey(call);
}

test("the notary's prototype has fetch and nothing else", () => {
  expect(Object.getOwnPropertyNames(NotaryDO.prototype).sort()).toEqual(["constructor", "fetch"]);
});

test("a notary writes nothing before the claim, whoever asks", async () => {
  const vault = await unclaimedVault();
  await outcome(vault.client.vault.getVault({ name: vault.name }));
  await outcome(vault.client.vault.claimVault(await claimRequest(vault, 7n)));
  expect(await notaryTables(vault)).toBe(0);
  await vault.client.vault.claimVault(await claimRequest(vault));
  expect(await notaryTables(vault)).toBe(1);
});

test("who is no vault of this deployment learns nothing of a notary and changes nothing", async () => {
  const vault = await claimedVault();
  const notary = bindings.NOTARY.getByName(vault.vaultId);
  const answer = await notary.fetch("http://notary/", { method: "POST", body: new Uint8Array() });
  expect([answer.status, await answer.text()]).toEqual([403, ""]);
});

test("a vault that was merely asleep goes on as before", async () => {
  const vault = await claimedVault();
  for (let i = 0; i < 3; i++) {
    await evictDurableObject(vault.stub);
    const { vault: record } = await vault.client.vault.getVault({ name: vault.name });
    expect(record?.state).toBe(Vault_State.ACTIVE);
  }
  expect(await query(vault, "SELECT kind FROM ledger")).toEqual([{ kind: "VAULT_CLAIMED" }]);
});

test("a restore brings no revoked key back, no nonce and no freeze that was lifted", async () => {
  const vault = await claimedVault();
  const phone = await generateP256Signer();
  const owner = clientAhead(vault, vault.signer);
  await grant(vault, phone, 1n);
  const before = await snapshotOf(vault);
  const phoneNow = clientAhead(vault, phone);
  await phoneNow.vault.freezeVault({ name: vault.name, requestId: requestId() });
  const freeze = phoneNow.sent.at(-1);
  const revoke = await vault.consent(keyRevokeAct.bind(undefined, vault.vaultId, phone.keyId));
  const name = `${vault.name}/keys/${phone.keyId}`;
  await owner.vault.revokeKey({ name, requestId: requestId(), act: revoke });
  const lift = await vault.consent(unfreezeAct.bind(undefined, vault.vaultId));
  await owner.vault.unfreezeVault({ name: vault.name, requestId: requestId(), act: lift });

  await restore(vault, before);
  const refused = "PROOF_REJECTED key_revoked";
  expect(await outcome(phoneNow.vault.getVault({ name: vault.name }))).toBe(refused);
  expect(await outcome(owner.vault.getVault({ name: vault.name }))).toBe(refused);
  expect(await query(vault, "SELECT generation, authority_epoch, frozen_by FROM vault")).toEqual([
    { generation: 1, authority_epoch: 2, frozen_by: "vault" },
  ]);
  // Nothing that was signed before counts, by whomever.
  expect(await outcome(unfreeze(vault, 2n))).toBe("PROOF_REJECTED request_before_floor");
  await passFloor();
  expect(await outcome(unfreeze(vault, 1n))).toBe("OWNER_PROOF_REJECTED epoch");
  const { vault: record } = await unfreeze(vault, 2n);
  expect(record?.state).toBe(Vault_State.ACTIVE);
  await grant(vault, phone, 2n);
  if (freeze === undefined) throw new Error("nothing was sent");
  const replay = await vault.stub.fetch(freeze);
  expect([replay.status, await replay.text()]).toEqual([
    401,
    expect.stringContaining("request_before_floor"),
  ]);
  const kinds = await query(vault, "SELECT kind FROM ledger ORDER BY sequence");
  expect(kinds.map(({ kind }) => kind)).toEqual([
    "VAULT_CLAIMED",
    "KEY_GRANTED",
    "VAULT_RESTORED",
    "VAULT_UNFROZEN",
    "KEY_GRANTED",
  ]);
  expect((await query(vault, "SELECT restored_ms FROM vault"))[0]).toEqual({ restored_ms: null });
});

test("a restore frees no budget", async () => {
  const vault = await claimedVault();
  const before = await snapshotOf(vault);
  await runInDurableObject(vault.stub, (_object, { storage: { sql } }) => {
    const row = `INSERT INTO spend (execution_id, asset, key_id, reserved, settled, state, at_ms)
      VALUES (?, 'eth', 'k', ?, ?, ?, ?)`;
    sql.exec(row, "settled", "9", "7", "SETTLED", Date.now());
    sql.exec(row, "held", "5", null, "HELD", Date.now());
    sql.exec(row, "released", "3", null, "RELEASED", Date.now());
    sql.exec(
      `INSERT INTO execution (execution_id, sequence, state, intent, cause_kind, cause_ref, key_id,
        expire_ms, session_id, operation, operation_hash, send_count, created_ms)
       VALUES ('held', 1, 'SENT', x'', 'KEY', 'k', 'k', 0, 's', ?, '0xcc', 1, 0)`,
      JSON.stringify({ userOperation: { sender: "0xbb", nonce: "0x10" }, fromBlock: 1 }),
    );
  });
  await evictDurableObject(vault.stub);
  await vault.client.vault.freezeVault({ name: vault.name, requestId: requestId() });

  await restore(vault, before);
  await outcome(vault.client.vault.getVault({ name: vault.name }));
  const spends = "SELECT execution_id, state, settled, reserved FROM spend ORDER BY execution_id";
  expect(await query(vault, spends)).toEqual([
    { execution_id: "held", state: "HELD", settled: null, reserved: "5" },
    { execution_id: "settled", state: "SETTLED", settled: "7", reserved: "7" },
  ]);
  expect(await query(vault, "SELECT execution_id, state, operation_hash FROM execution")).toEqual([
    { execution_id: "held", state: "FAILED", operation_hash: "0xcc" },
  ]);
  // What may have landed is to be looked up on the chain, and no node answers here.
  await passFloor();
  expect(await outcome(unfreeze(vault, 2n))).toBe("CHAIN_UNAVAILABLE");
  expect((await query(vault, "SELECT frozen_by FROM vault"))[0]).toEqual({ frozen_by: "vault" });
});

test("a vault whose storage is gone is regained by the owners that it had, and by nobody else", async () => {
  const vault = await claimedVault();
  const first = await claimRequest(vault);
  await vault.client.vault.freezeVault({ name: vault.name, requestId: requestId() });
  await restore(vault, new Map());
  const client = clientAhead(vault, vault.signer);
  // Neither a new claim nor, above all, the consent of the first one.
  const refused = "STATE_REFUSED RESTORED 2";
  expect(await outcome(client.vault.claimVault({ ...first, requestId: requestId() }))).toBe(
    refused,
  );
  expect(await query(vault, "SELECT name FROM sqlite_master WHERE name = 'vault'")).toEqual([]);
  const { vault: record } = await client.vault.claimVault(await claimRequest(vault, 2n));
  expect(record).toMatchObject({
    state: Vault_State.FROZEN,
    claimEpoch: 2n,
    authorityEpoch: 2n,
  });
  const known = await query(vault, "SELECT claim_epoch, generation FROM vault");
  expect(known).toEqual([{ claim_epoch: 2, generation: 1 }]);
  await passFloor();
  const { vault: lifted } = await unfreeze(vault, 2n);
  expect(lifted?.state).toBe(Vault_State.ACTIVE);
  expect(await outcome(client.vault.getVault({ name: vault.name }))).toBe("ok");
  await evictDurableObject(vault.stub);
  expect(await outcome(client.vault.getVault({ name: vault.name }))).toBe("ok");
});
