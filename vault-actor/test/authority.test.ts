/** Who may change who may consent, in workerd. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { Key_State } from "#gen/vault/v1/key";
import { freezeAct } from "#protocol/acts/authority-acts";
import { keyGrantAct, keyRevokeAct, unfreezeAct } from "#protocol/acts/vault-acts";
import { generateEd25519Signer, generateP256Signer } from "#protocol/proof/signer";
import { claimedVault, grantOf, type TestVault } from "./support/claimed-vault.ts";
import { asMember, consent, makeWallet, outcome, rotation } from "./support/members.ts";
import { makePasskey } from "./support/passkey.ts";

const requestId = () => crypto.randomUUID();
const authorityOf = async (vault: TestVault, client = vault.client) =>
  (await client.vault.getAuthority({ name: `${vault.name}/authority` })).authority;
const kindsOf = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
    sql.exec<{ kind: string }>("SELECT kind FROM ledger ORDER BY sequence").toArray(),
  ).then((rows) => rows.map(({ kind }) => kind));

/** A vault of two owners out of three: its own key, another key and a passkey; and a guardian. */
async function sharedVault() {
  const vault = await claimedVault();
  const [second, guardian, passkey] = [makeWallet(), makeWallet(), makePasskey()];
  const members = [
    asMember(vault.owner),
    asMember(second),
    asMember(passkey),
    asMember(guardian, "GUARDIAN"),
  ];
  const change = { members, threshold: 2 };
  await vault.client.vault.updateAuthority(await rotation(vault, [vault.owner], change));
  // The rotation ended the key that made it; a new grant enrols it again.
  const grant = grantOf(
    vault.signer,
    Object.values(Scope).filter((scope) => scope !== 0),
  );
  const build = keyGrantAct.bind(undefined, vault.vaultId, grant);
  const act = await consent([second, passkey], build, 2n);
  await vault.client.vault.grantKey({ parent: vault.name, requestId: requestId(), grant, act });
  return { vault, second, guardian, passkey, members };
}

test("a rotation takes effect at once and ends every key and consent of before", async () => {
  const vault = await claimedVault();
  const agent = await generateEd25519Signer();
  const grant = grantOf(agent, [Scope.VAULT_READ]);
  const build = keyGrantAct.bind(undefined, vault.vaultId, grant);
  const spare = () => ({ parent: vault.name, requestId: requestId(), grant });
  const early = await consent([vault.owner], build);
  const request = { ...spare(), act: await consent([vault.owner], build) };
  await vault.client.vault.grantKey(request);

  const next = makeWallet();
  const change = await rotation(vault, [vault.owner], { members: [asMember(next)] });
  const { authority } = await vault.client.vault.updateAuthority(change);
  expect(authority).toMatchObject({ epoch: 2n, version: 2n, threshold: 1 });
  expect(authority?.members.map(({ id }) => id)).toEqual([next.member]);

  const name = { name: vault.name };
  const calls = [vault.client, vault.clientOf(agent)].map((c) => outcome(c.vault.getVault(name)));
  expect(await Promise.all(calls)).toEqual([
    "PROOF_REJECTED key_revoked",
    "PROOF_REJECTED key_revoked",
  ]);
  const late = { ...spare(), act: early };
  expect(await outcome(vault.client.vault.grantKey(late))).toBe("OWNER_PROOF_REJECTED epoch");
  const again = { ...spare(), act: await consent([vault.owner], build, 2n) };
  expect(await outcome(vault.client.vault.grantKey(again))).toBe("OWNER_PROOF_REJECTED member");
  const fresh = { ...spare(), act: await consent([next], build, 2n) };
  expect(await outcome(vault.client.vault.grantKey(fresh))).toBe("ok");
  const { keys } = await vault.clientOf(agent).vault.listKeys({ parent: vault.name });
  expect(keys.map((key) => [key.grant?.keyId, key.state])).toEqual([
    [agent.keyId, Key_State.ACTIVE],
    [vault.signer.keyId, Key_State.REVOKED],
  ]);
  expect(await kindsOf(vault)).toContain("AUTHORITY_CHANGED");
});

test("a repeat of a rotation gets the first answer, though it ended its own key", async () => {
  const vault = await claimedVault();
  const change = await rotation(vault, [vault.owner], { members: [asMember(makeWallet())] });
  const first = await vault.client.vault.updateAuthority(change);
  expect(await vault.client.vault.updateAuthority(change)).toEqual(first);
  const other = { ...change, threshold: 2 };
  expect(await outcome(vault.client.vault.updateAuthority(other))).toBe("REQUEST_ID_REUSED");
});

test("a rotation that is wrong in anything changes nothing", async () => {
  const vault = await claimedVault();
  const [next, stranger] = [makeWallet(), makeWallet()];
  const members = [asMember(next)];
  const { updateAuthority } = vault.client.vault;
  const by = async (...given: Parameters<typeof rotation>) =>
    outcome(updateAuthority(await rotation(...given)));
  const own = [vault.owner];

  expect(await by(vault, [stranger], { members })).toBe("OWNER_PROOF_REJECTED member");
  expect(await by(vault, [], { members })).toBe("FIELD_INVALID act.proofs repeated.min_items");
  expect(await by(vault, own, { members, version: 2n })).toBe("VERSION_CONFLICT");
  expect(await by(vault, own, { members, epoch: 2n })).toBe("OWNER_PROOF_REJECTED epoch");
  expect(await by(vault, own, { members, threshold: 2 })).toBe("FIELD_INVALID threshold owners");
  const guardians = [asMember(next, "GUARDIAN")];
  expect(await by(vault, own, { members: guardians })).toBe("FIELD_INVALID members owner");
  const twice = [asMember(next), asMember(next)];
  expect(await by(vault, own, { members: twice })).toBe("FIELD_INVALID members[1].id unique");
  const swapped = { ...(await rotation(vault, own, { members })), members: [asMember(stranger)] };
  expect(await outcome(updateAuthority(swapped))).toBe("OWNER_PROOF_REJECTED signature");
  const upgraded = {
    ...(await rotation(vault, own, { members: [...members, asMember(stranger, "GUARDIAN")] })),
    members: [...members, asMember(stranger)],
  };
  expect(await outcome(updateAuthority(upgraded))).toBe("OWNER_PROOF_REJECTED signature");

  expect(await authorityOf(vault)).toMatchObject({ epoch: 1n, version: 1n });
  expect(await kindsOf(vault)).toEqual(["VAULT_CLAIMED"]);
});

test("it takes as many owners as the threshold says, of whatever kind", async () => {
  const { vault, second, guardian, passkey } = await sharedVault();
  const build = keyRevokeAct.bind(undefined, vault.vaultId, vault.signer.keyId);
  const name = `${vault.name}/keys/${vault.signer.keyId}`;
  const { revokeKey } = vault.client.vault;
  const by = async (...signers: Parameters<typeof consent>[0]) =>
    outcome(revokeKey({ name, requestId: requestId(), act: await consent(signers, build, 2n) }));

  expect(await by(second)).toBe("OWNER_PROOF_REJECTED threshold");
  expect(await by(second, second)).toBe("OWNER_PROOF_REJECTED member");
  expect(await by(second, guardian)).toBe("OWNER_PROOF_REJECTED member");
  expect(await by(second, makeWallet())).toBe("OWNER_PROOF_REJECTED member");
  const lent = { ...passkey, member: vault.owner.member };
  expect(await by(second, lent)).toBe("OWNER_PROOF_REJECTED signature");
  expect(await by(second, passkey)).toBe("ok");
});

test("a passkey that was not used as it must be does not count", async () => {
  const vault = await claimedVault();
  const wrong = [
    makePasskey({ origin: "https://evil.example" }),
    makePasskey({ flags: 1 }),
    makePasskey({ flags: 4 }),
  ];
  const members = [asMember(makePasskey()), ...wrong.map((passkey) => asMember(passkey))];
  await vault.client.vault.updateAuthority(await rotation(vault, [vault.owner], { members }));
  for (const passkey of wrong) {
    const request = await rotation(vault, [passkey], { members, version: 2n, epoch: 2n });
    expect(await outcome(vault.client.vault.updateAuthority(request))).toBe(
      "OWNER_PROOF_REJECTED signature",
    );
  }
});

test("any owner or guardian freezes with any key; strangers and foreign keys do not", async () => {
  const { vault, second, guardian, passkey } = await sharedVault();
  const stranger = vault.clientOf(await generateP256Signer());
  const build = freezeAct.bind(undefined, vault.vaultId, "theft");
  const freeze = async (...signers: Parameters<typeof consent>[0]) => ({
    name: vault.name,
    requestId: requestId(),
    reason: "theft",
    act: await consent(signers, build, 2n),
  });
  const { freezeVault } = stranger.vault;
  const bare = { name: vault.name, requestId: requestId(), reason: "theft" };
  expect(await outcome(freezeVault(bare))).toBe("SCOPE_MISSING vault.freeze");
  expect(await outcome(freezeVault(await freeze(makeWallet())))).toBe(
    "OWNER_PROOF_REJECTED member",
  );
  const other = { ...(await freeze(guardian)), reason: "joke" };
  expect(await outcome(freezeVault(other))).toBe("OWNER_PROOF_REJECTED signature");

  for (const member of [guardian, second, passkey]) {
    const { vault: frozen } = await freezeVault(await freeze(member));
    expect(frozen?.freeze).toMatchObject({ by: member.member, reason: "theft" });
    const lift = { name: vault.name, requestId: requestId() };
    const unfreeze = unfreezeAct.bind(undefined, vault.vaultId);
    const alone = { ...lift, act: await consent([member], unfreeze, 2n) };
    expect(await outcome(vault.client.vault.unfreezeVault(alone))).toBe(
      `OWNER_PROOF_REJECTED ${member === guardian ? "member" : "threshold"}`,
    );
    const act = await consent([vault.owner, second], unfreeze, 2n);
    await vault.client.vault.unfreezeVault({ ...lift, act });
  }
  const used = await freeze(guardian);
  await freezeVault(used);
  expect(await outcome(freezeVault({ ...used, requestId: requestId() }))).toBe(
    "OWNER_PROOF_REJECTED act_reused",
  );
});

test("a key whose scope ended with its epoch needs a member to freeze", async () => {
  const vault = await claimedVault();
  const next = makeWallet();
  const change = { members: [asMember(next)] };
  await vault.client.vault.updateAuthority(await rotation(vault, [vault.owner], change));
  const call = () => ({ name: vault.name, requestId: requestId(), reason: "" });
  expect(await outcome(vault.client.vault.freezeVault(call()))).toBe("SCOPE_MISSING vault.freeze");
  const act = await consent([next], freezeAct.bind(undefined, vault.vaultId, ""), 2n);
  expect(await outcome(vault.client.vault.freezeVault({ ...call(), act }))).toBe("ok");
});

test("a revoked key gets nowhere, even with its owner's consent", async () => {
  const vault = await claimedVault();
  const phone = await generateP256Signer();
  const grant = grantOf(phone, [Scope.VAULT_FREEZE, Scope.KEY_REVOKE_SELF]);
  const build = keyGrantAct.bind(undefined, vault.vaultId, grant);
  const grantIt = async () => ({
    parent: vault.name,
    requestId: requestId(),
    grant,
    act: await consent([vault.owner], build),
  });
  await vault.client.vault.grantKey(await grantIt());
  const { vault: api } = vault.clientOf(phone);
  await api.revokeOwnKey({ parent: vault.name, requestId: requestId() });
  expect(await outcome(api.grantKey(await grantIt()))).toBe("PROOF_REJECTED key_revoked");
  const act = await consent([vault.owner], freezeAct.bind(undefined, vault.vaultId, ""));
  const freeze = { name: vault.name, requestId: requestId(), reason: "", act };
  expect(await outcome(api.freezeVault(freeze))).toBe("PROOF_REJECTED key_revoked");
});

test("a trigger of a revoked key is not resumed", async () => {
  const vault = await claimedVault();
  await runInDurableObject(vault.stub, (_object, { storage: { sql } }) => {
    const insert = `INSERT INTO trigger_rule (trigger_id, sequence, state, body, version, armed, fire_count,
        last_fire_ms, last_verdict, creator_key_id, created_ms, updated_ms)
       VALUES (?, ?, 'PAUSED', x'', 1, 1, 0, NULL, 'TRUE', ?, 0, 0)`;
    sql.exec(insert, "t1", 1, "gone");
    sql.exec(insert, "t2", 2, vault.signer.keyId);
  });
  const resume = (trigger: string) =>
    outcome(
      vault.client.triggers.resumeTrigger({
        name: `${vault.name}/triggers/${trigger}`,
        requestId: requestId(),
      }),
    );
  expect(await resume("t1")).toBe("STATE_REFUSED KEY_REVOKED");
  expect(await resume("t2")).toBe("ok");
});

test("keys of an epoch that ended take no room", async () => {
  const vault = await claimedVault();
  const copies = (epoch: number) =>
    runInDurableObject(vault.stub, (_object, { storage: { sql } }) => {
      sql.exec("DELETE FROM caller_key WHERE key_id LIKE 'copy%'");
      for (let i = 0; i < 63; i++) {
        sql.exec(
          `INSERT INTO caller_key (key_id, sequence, grant_bytes, state, epoch, created_ms)
           SELECT ?, ?, grant_bytes, state, ?, created_ms FROM caller_key WHERE key_id = ?`,
          `copy${i}`,
          100 + i,
          epoch,
          vault.signer.keyId,
        );
      }
    });
  const enrol = async () => {
    const grant = grantOf(await generateP256Signer(), [Scope.VAULT_READ]);
    const build = keyGrantAct.bind(undefined, vault.vaultId, grant);
    const act = await consent([vault.owner], build);
    const call = { parent: vault.name, requestId: requestId(), grant, act };
    return outcome(vault.client.vault.grantKey(call));
  };
  await copies(1);
  expect(await enrol()).toBe("QUOTA_EXCEEDED");
  await copies(0);
  expect(await enrol()).toBe("ok");
});

test("an expired key is granted anew without being revoked first", async () => {
  const vault = await claimedVault();
  const soon = { seconds: BigInt(Math.floor(Date.now() / 1000)) + 1n };
  const phone = await generateP256Signer();
  const short = grantOf(phone, [Scope.VAULT_READ]);
  Object.assign(short.expireTime ?? {}, soon);
  const enrol = async (grant: ReturnType<typeof grantOf>) => {
    const build = keyGrantAct.bind(undefined, vault.vaultId, grant);
    const act = await consent([vault.owner], build);
    return outcome(
      vault.client.vault.grantKey({ parent: vault.name, requestId: requestId(), grant, act }),
    );
  };
  expect(await enrol(short)).toBe("ok");
  expect(await enrol(grantOf(phone, [Scope.VAULT_READ]))).toBe("ALREADY_EXISTS");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const { vault: api } = vault.clientOf(phone);
  expect(await outcome(api.getVault({ name: vault.name }))).toBe("PROOF_REJECTED key_expired");
  expect(await enrol(grantOf(phone, [Scope.VAULT_READ]))).toBe("ok");
  expect(await outcome(api.getVault({ name: vault.name }))).toBe("ok");
});
