/** What the account itself may do about its owners, in workerd, with the alarm driven. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { recoveryCancelAct } from "#protocol/acts/authority-acts";
import { generateP256Signer } from "#protocol/proof/signer";
import { claimedVault, type TestVault } from "./support/claimed-vault.ts";
import { asMember, consent, makeWallet, outcome, recovery, rotation } from "./support/members.ts";

const delayMs = 48 * 3_600_000;

/**
 * A vault whose account is not among its owners any more: another key owns it, a third guards
 * it, and `client` calls with a key that nobody granted.
 */
async function handedOver() {
  const vault = await claimedVault();
  const [owner, guardian] = [makeWallet(), makeWallet()];
  const members = [asMember(owner), asMember(guardian, "GUARDIAN")];
  await vault.client.vault.updateAuthority(await rotation(vault, [vault.owner], { members }));
  const { vault: client } = vault.clientOf(await generateP256Signer());
  const saved = makeWallet();
  const ask = (members = [asMember(saved)], signers = [vault.owner]) =>
    recovery(vault, signers, { members, version: 2n, epoch: 2n });
  return { vault, owner, guardian, client, saved, ask };
}

const cancel = async (vault: TestVault, signer: Parameters<typeof consent>[0][number]) => ({
  name: `${vault.name}/authority`,
  requestId: crypto.randomUUID(),
  act: await consent([signer], recoveryCancelAct.bind(undefined, vault.vaultId), 2n),
});

const sqlOf = <T extends Record<string, SqlStorageValue>>(vault: TestVault, query: string) =>
  runInDurableObject(vault.stub, (_object, { storage: { sql } }) => sql.exec<T>(query).toArray());
const ownersOf = async (vault: TestVault) =>
  (
    await sqlOf<{ member_id: string }>(vault, "SELECT member_id FROM member WHERE role = 'OWNER'")
  ).map((row) => row.member_id);
const kindsOf = async (vault: TestVault) =>
  (await sqlOf<{ kind: string }>(vault, "SELECT kind FROM ledger ORDER BY sequence")).map(
    ({ kind }) => kind,
  );
const jobOf = async (vault: TestVault) =>
  (await sqlOf<{ due_ms: number }>(vault, "SELECT due_ms FROM job WHERE kind = 'recover'"))[0];

/** Lets the 48 hours pass, in the vault's own books. */
async function pass(vault: TestVault) {
  await sqlOf(vault, `UPDATE recovery SET effective_ms = effective_ms - ${delayMs}`);
  await sqlOf(vault, `UPDATE job SET due_ms = due_ms - ${delayMs} WHERE kind = 'recover'`);
  // What the object remembers of its rows and its alarm goes with it.
  await evictDurableObject(vault.stub);
  await runInDurableObject(vault.stub, (_object, { storage }) => storage.setAlarm(Date.now()));
  await runDurableObjectAlarm(vault.stub);
}

test("the account's own key recovers the vault after its delay, and every key ends", async () => {
  const { vault, owner, saved, client, ask } = await handedOver();
  const { authority } = await client.recoverAuthority(await ask());
  const { recovery: waiting } = authority ?? {};
  expect(waiting?.members.map(({ id }) => id)).toEqual([saved.member]);
  const [from, to] = [waiting?.proposeTime, waiting?.effectiveTime];
  expect(from && to && timestampMs(to) - timestampMs(from)).toBe(delayMs);
  expect((await jobOf(vault))?.due_ms).toBe(to && timestampMs(to));
  expect(authority?.members).toHaveLength(2);

  // An alarm before the time changes nothing.
  await runInDurableObject(vault.stub, (_object, { storage }) => storage.setAlarm(Date.now()));
  await runDurableObjectAlarm(vault.stub);
  expect(await ownersOf(vault)).toEqual([owner.member]);

  await pass(vault);
  expect(await ownersOf(vault)).toEqual([saved.member]);
  const row = await sqlOf(vault, "SELECT authority_epoch, authority_version, threshold FROM vault");
  expect(row).toEqual([{ authority_epoch: 3, authority_version: 3, threshold: 1 }]);
  expect(await sqlOf(vault, "SELECT * FROM recovery")).toEqual([]);
  expect(await jobOf(vault)).toBeUndefined();
  expect(await kindsOf(vault)).toEqual([
    "VAULT_CLAIMED",
    "AUTHORITY_CHANGED",
    "RECOVERY_PROPOSED",
    "AUTHORITY_CHANGED",
  ]);
  const members = [asMember(makeWallet())];
  const old = await rotation(vault, [owner], { members, version: 3n, epoch: 3n });
  expect(await outcome(client.updateAuthority(old))).toBe("OWNER_PROOF_REJECTED member");
  const fresh = await rotation(vault, [saved], { members, version: 3n, epoch: 3n });
  expect(await outcome(client.updateAuthority(fresh))).toBe("ok");
});

test.each(["owner", "guardian"] as const)("one %s cancels a recovery", async (who) => {
  const { vault, owner, client, ask, ...members } = await handedOver();
  const member = { owner, guardian: members.guardian }[who];
  expect(await outcome(client.cancelRecovery(await cancel(vault, member)))).toBe(
    "STATE_REFUSED NONE",
  );
  await client.recoverAuthority(await ask());
  const call = await cancel(vault, member);
  const { authority } = await client.cancelRecovery(call);
  expect(authority?.recovery).toBeUndefined();
  expect(await jobOf(vault)).toBeUndefined();
  await pass(vault);
  expect(await ownersOf(vault)).toEqual([owner.member]);
  expect((await kindsOf(vault)).at(-1)).toBe("RECOVERY_CANCELLED");
  const again = { ...call, requestId: crypto.randomUUID() };
  expect(await outcome(client.cancelRecovery(again))).toBe("OWNER_PROOF_REJECTED act_reused");
});

test("nobody else asks for a recovery, and nobody else cancels one", async () => {
  const { vault, owner, guardian, saved, client, ask } = await handedOver();
  for (const signer of [owner, guardian, saved]) {
    const call = await ask([asMember(saved)], [signer]);
    expect(await outcome(client.recoverAuthority(call))).toBe("OWNER_PROOF_REJECTED member");
    const lent = await ask([asMember(saved)], [{ ...signer, member: vault.owner.member }]);
    expect(await outcome(client.recoverAuthority(lent))).toBe("OWNER_PROOF_REJECTED signature");
  }
  await client.recoverAuthority(await ask());
  for (const signer of [saved, vault.owner]) {
    expect(await outcome(client.cancelRecovery(await cancel(vault, signer)))).toBe(
      "OWNER_PROOF_REJECTED member",
    );
  }
  expect(await jobOf(vault)).toBeDefined();
});

test("the account's key alone can't shorten the delay, by no other act", async () => {
  const { vault, owner, saved, client, ask } = await handedOver();
  const { act } = await ask();
  const members = [asMember(saved)];
  const change = { members, version: 2n, epoch: 2n };
  const rotate = await rotation(vault, [vault.owner], change);
  expect(await outcome(client.updateAuthority(rotate))).toBe("OWNER_PROOF_REJECTED member");
  expect(await outcome(client.updateAuthority({ ...rotate, act }))).toBe(
    "OWNER_PROOF_REJECTED member",
  );
  // A recovery is no rotation, whoever signed it.
  const asked = await recovery(vault, [owner], change);
  expect(await outcome(client.updateAuthority(asked))).toBe("OWNER_PROOF_REJECTED signature");
});

test("another recovery takes the place of the one that waits, and waits anew", async () => {
  const { vault, saved, client, ask } = await handedOver();
  await client.recoverAuthority(await ask([asMember(makeWallet())]));
  const early = (await jobOf(vault))?.due_ms ?? 0;
  const { authority } = await client.recoverAuthority(await ask());
  expect(authority?.recovery?.members.map(({ id }) => id)).toEqual([saved.member]);
  expect((await jobOf(vault))?.due_ms).toBeGreaterThanOrEqual(early);
  await pass(vault);
  expect(await ownersOf(vault)).toEqual([saved.member]);
});

test("a rotation by the owners ends a recovery that waits", async () => {
  const { vault, owner, client, ask } = await handedOver();
  await client.recoverAuthority(await ask());
  const change = { members: [asMember(owner)], version: 2n, epoch: 2n };
  const { authority } = await client.updateAuthority(await rotation(vault, [owner], change));
  expect(authority?.recovery).toBeUndefined();
  await pass(vault);
  expect(await ownersOf(vault)).toEqual([owner.member]);
  expect((await kindsOf(vault)).slice(-2)).toEqual(["RECOVERY_CANCELLED", "AUTHORITY_CHANGED"]);
  expect(await outcome(client.recoverAuthority(await ask()))).toBe("OWNER_PROOF_REJECTED epoch");
});

test("a recovery that is wrong in anything is not asked for", async () => {
  const { vault, saved, client } = await handedOver();
  const by = async (change: Partial<Parameters<typeof recovery>[2]>) => {
    const whole = { members: [asMember(saved)], version: 2n, epoch: 2n, ...change };
    return outcome(client.recoverAuthority(await recovery(vault, [vault.owner], whole)));
  };
  expect(await by({ version: 1n })).toBe("VERSION_CONFLICT");
  expect(await by({ epoch: 1n })).toBe("OWNER_PROOF_REJECTED epoch");
  expect(await by({ threshold: 2 })).toBe("FIELD_INVALID threshold owners");
  expect(await by({ members: [asMember(saved, "GUARDIAN")] })).toBe("FIELD_INVALID members owner");
  expect(await sqlOf(vault, "SELECT * FROM recovery")).toEqual([]);
  expect(await jobOf(vault)).toBeUndefined();
});

test("a repeat of an asked recovery changes nothing", async () => {
  const { vault, client, ask } = await handedOver();
  const call = await ask();
  const first = await client.recoverAuthority(call);
  expect(await client.recoverAuthority(call)).toEqual(first);
  expect((await kindsOf(vault)).filter((kind) => kind === "RECOVERY_PROPOSED")).toHaveLength(1);
});
