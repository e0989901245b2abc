/**
 * A squatter whose claim rests on lying nodes, and the account's owner who takes the vault
 * over, in workerd: nothing of the squatter's outlives it.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { PolicySchema } from "#gen/vault/v1/policy";
import { Session_State } from "#gen/vault/v1/session";
import { Vault_RootKind, Vault_State } from "#gen/vault/v1/vault";
import { keyGrantAct, policyLoosenAct, unfreezeAct } from "#protocol/acts/vault-acts";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { generateP256Signer } from "#protocol/proof/signer";
import { grantOf } from "./support/claimed-vault.ts";
import { type FakeNodes, magic } from "./support/fake-nodes.ts";
import {
  type Claimant,
  claimRoot,
  consentOf,
  makeClaimant,
  makeKey,
  rootClaim,
  standInForNodes,
  vaultOf,
} from "./support/root-claim.ts";
import { quorumChain } from "./support/test-chain.ts";

let nodes: FakeNodes;
let owner: ReturnType<typeof makeKey>;
let squatter: Claimant;
let vault: ReturnType<typeof vaultOf>;
beforeEach(() => {
  nodes = standInForNodes();
  owner = makeKey();
  vault = vaultOf(owner.address);
});
afterEach(() => vi.unstubAllGlobals());

const requestId = () => crypto.randomUUID();
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => {
      const { proof, cause } = errorInfoOf(error)?.metadata ?? {};
      return [reasonOf(error), proof ?? cause].filter(Boolean).join(" ");
    },
  );

/** Two of three operators collude: the account has code, they say, and it accepts everything. */
function lie() {
  for (const url of quorumChain.rpcUrls.slice(0, 2)) {
    nodes.faults.set(url, (method) =>
      Response.json({
        result: { eth_getCode: "0x6001", eth_call: magic }[method] ?? `0x${"0".repeat(64)}`,
      }),
    );
  }
}

/** The squatter claims and prepares whatever a claim lets prepare. */
async function squat() {
  lie();
  squatter = await makeClaimant(makeKey(), { contract: owner.address });
  const { client, vault: claimed } = await claimRoot(owner.address, squatter);
  expect(claimed.state).toBe(Vault_State.PROVISIONAL);
  const { name, vaultId } = vault;

  const agent = await generateP256Signer();
  const grant = grantOf(agent, [Scope.VAULT_READ, Scope.VAULT_FREEZE]);
  const grantAct = await consentOf(squatter, keyGrantAct.bind(undefined, vaultId, grant), 1n);
  await client.vault.grantKey({ parent: name, requestId: requestId(), grant, act: grantAct });

  const policy = create(PolicySchema, {});
  const loosen = policyLoosenAct.bind(undefined, vaultId, policy, 0n);
  const policyAct = await consentOf(squatter, loosen, 1n);
  await client.vault.updatePolicy({
    parent: name,
    requestId: requestId(),
    policy,
    expectedVersion: 0n,
    act: policyAct,
  });
  const chain = `eip155:${quorumChain.chainId}`;
  const made = await client.vault.createSession({ parent: name, requestId: requestId(), chain });
  const freeze = { name, requestId: requestId(), reason: "mine" };
  await client.vault.freezeVault(freeze);

  await runInDurableObject(vault.stub, (_object, { storage: { sql } }) => {
    sql.exec(
      `INSERT INTO trigger_rule (trigger_id, sequence, state, body, version, armed, fire_count,
        last_fire_ms, last_verdict, creator_key_id, created_ms, updated_ms)
       VALUES ('t', 1, 'ACTIVE', x'', 1, 1, 0, NULL, 'UNSPECIFIED', 'k', 0, 0)`,
    );
    sql.exec(
      `INSERT INTO execution (execution_id, sequence, state, intent, cause_kind, cause_ref, key_id,
        expire_ms, send_count, created_ms) VALUES ('e', 1, 'PLANNED', x'', 'KEY', 'k', 'k', 9e15, 0, 0)`,
    );
    sql.exec("INSERT INTO job VALUES ('watch', '', 9e15, 0), ('advance', 'e', 9e15, 0)");
  });
  return { client, agent, session: made.session, freeze, identityKeyId: claimed.identityKeyId };
}

const rows = (sql: string) =>
  runInDurableObject(vault.stub, (_object, { storage }) => [...storage.sql.exec(sql).raw()]);

test("the account's own key takes the vault over, while the nodes still lie", async () => {
  const before = await squat();
  const claimant = await makeClaimant(owner);
  const { client, vault: mine } = await claimRoot(owner.address, claimant);
  expect(mine).toMatchObject({
    state: Vault_State.ACTIVE,
    rootKind: Vault_RootKind.EOA,
    claimEpoch: 2n,
    authorityEpoch: 2n,
    policyVersion: 0n,
  });
  expect(mine.provisionalUntil).toBeUndefined();
  expect(mine.freeze).toBeUndefined();
  expect(mine.identityKeyId).not.toBe(before.identityKeyId);
  expect(client.identityKeyId()).toBe(mine.identityKeyId);

  const { name } = vault;
  const { authority } = await client.vault.getAuthority({ name: `${name}/authority` });
  expect(authority).toMatchObject({ threshold: 1, epoch: 2n, version: 2n });
  expect(authority?.members.map(({ id }) => id)).toEqual([vault.vaultId]);
  const { ledgerEntries } = await client.vault.listLedgerEntries({ parent: name });
  const claims = ledgerEntries.filter(({ kind }) => kind === LedgerEntry_Kind.VAULT_CLAIMED);
  expect(claims.map(({ facts }) => JSON.parse(facts).claim_epoch)).toEqual(["2", "1"]);
});

test("the squatter's keys, consents and answers are void", async () => {
  const before = await squat();
  const stale = await rootClaim(owner.address, squatter);
  await claimRoot(owner.address, await makeClaimant(owner));
  const { name, vaultId } = vault;
  const first = vault.clientOf(squatter.signer).vault;
  const agent = vault.clientOf(before.agent).vault;
  expect(await outcome(first.getVault({ name }))).toBe("PROOF_REJECTED key_revoked");
  expect(await outcome(agent.getVault({ name }))).toBe("PROOF_REJECTED key_revoked");
  // Not even what was answered before is answered again.
  expect(await outcome(first.freezeVault(before.freeze))).toBe("PROOF_REJECTED key_revoked");
  expect(await outcome(first.claimVault(stale))).toBe("PROOF_REJECTED key_revoked");
  const stranger = vault.clientOf(await generateP256Signer()).vault;
  expect(await outcome(stranger.claimVault(stale))).toBe("VAULT_CLAIMED");
  for (const epoch of [1n, 2n]) {
    const act = await consentOf(squatter, unfreezeAct.bind(undefined, vaultId), epoch);
    const unfreeze = { name, requestId: requestId(), act };
    expect(await outcome(stranger.unfreezeVault(unfreeze))).toBe(
      `OWNER_PROOF_REJECTED ${epoch === 1n ? "epoch" : "signature"}`,
    );
  }
});

test("the squatter's sessions, triggers, policy and plans are gone, with their keys", async () => {
  const before = await squat();
  const claimant = await makeClaimant(owner);
  const { client } = await claimRoot(owner.address, claimant);
  const { name } = vault;
  const { session } = await client.vault.getSession({ name: before.session?.name ?? "" });
  expect(session?.state).toBe(Session_State.REVOKED);
  expect(await rows("SELECT secret_id, epoch FROM secret")).toEqual([["identity", 2]]);
  expect((await client.triggers.listTriggers({ parent: name })).triggers).toEqual([]);
  expect((await client.vault.getPolicy({ name: `${name}/policy` })).policy?.version).toBe(0n);
  expect(await rows("SELECT state FROM execution")).toEqual([["CANCELLED"]]);
  expect(await rows("SELECT kind FROM job WHERE kind IN ('watch', 'advance')")).toEqual([]);
  expect(await rows("SELECT count(*) FROM request")).toEqual([[1]]);
  await runDurableObjectAlarm(vault.stub);
  // The owner's own key makes keys anew, and the vault still signs its answers after a restart.
  const chain = `eip155:${quorumChain.chainId}`;
  const made = await client.vault.createSession({ parent: name, requestId: requestId(), chain });
  expect(made.session?.keyAddress).not.toBe(before.session?.keyAddress);
});

test("a takeover that is refused changes nothing", async () => {
  const before = await squat();
  const whole = async () => [
    await rows("SELECT * FROM vault"),
    await rows("SELECT * FROM secret"),
    await rows("SELECT key_id, state FROM caller_key"),
    await rows("SELECT * FROM job ORDER BY kind"),
  ];
  const state = await whole();
  const claimant = await makeClaimant(owner);
  const request = await rootClaim(owner.address, claimant);
  const { vault: other } = vault.clientOf(await generateP256Signer());
  expect(await outcome(other.claimVault(request))).toBe("FIELD_INVALID");
  const another = await rootClaim(owner.address, await makeClaimant(makeKey()));
  expect(await outcome(other.claimVault({ ...another, owner: request.owner }))).toBe(
    "OWNER_PROOF_REJECTED member",
  );
  expect(await whole()).toEqual(state);
  expect(before.client.identityKeyId()).toBe(before.identityKeyId);
  expect(await outcome(before.client.vault.getVault({ name: vault.name }))).toBe("ok");
});

test("what the vault found out by itself stays, whoever owns it", async () => {
  await squat();
  await runInDurableObject(vault.stub, (_object, { storage }) => {
    storage.sql.exec("UPDATE vault SET frozen_by = 'vault'");
  });
  // What the object remembers of its reads goes with it.
  await evictDurableObject(vault.stub);
  const { vault: mine } = await claimRoot(owner.address, await makeClaimant(owner));
  expect(mine).toMatchObject({ state: Vault_State.FROZEN, freeze: { by: "vault" } });
});

test("two owners' devices at once: one takes the vault over, the other finds it claimed", async () => {
  await squat();
  const claimants = [await makeClaimant(owner), await makeClaimant(owner)];
  const outcomes = await Promise.all(
    claimants.map((claimant) => claimRoot(owner.address, claimant).then(() => "ok", reasonOf)),
  );
  expect(outcomes.sort()).toEqual(["VAULT_CLAIMED", "ok"]);
  expect(await rows("SELECT claim_epoch FROM vault")).toEqual([[2]]);
});
