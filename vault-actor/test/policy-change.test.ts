/** Loosening the policy: what waits, what stops it, and when it comes, in workerd. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { PolicySchema } from "#gen/vault/v1/policy";
import { PolicyChange_State } from "#gen/vault/v1/policy_change";
import {
  keyGrantAct,
  policyLoosenAct,
  policyVetoAct,
  unfreezeAct,
} from "#protocol/acts/vault-acts";
import { enumName } from "#protocol/enum-name";
import { generateP256Signer } from "#protocol/proof/signer";
import { allScopes, claimedVault, grantOf, type TestVault } from "./support/claimed-vault.ts";
import { asMember, consent, makeWallet, outcome, rotation } from "./support/members.ts";

type Rules = MessageInitShape<typeof PolicySchema>;

const dayMs = 86_400_000;
const requestId = () => crypto.randomUUID();
const tight: Rules = { maxSlippageBps: 10 };
const loose: Rules = { maxSlippageBps: 100 };

async function change(vault: TestVault, rules: Rules, version: bigint, epoch = 1n) {
  const policy = create(PolicySchema, rules);
  const build = policyLoosenAct.bind(undefined, vault.vaultId, policy, version);
  const act = await vault.consent(build, epoch);
  return { parent: vault.name, requestId: requestId(), policy, expectedVersion: version, act };
}

/** A vault with a policy, and a looser one that waits. */
async function waiting() {
  const vault = await claimedVault();
  const { vault: api } = vault.client;
  await api.updatePolicy(await change(vault, tight, 0n));
  const asked = await change(vault, loose, 1n);
  const answer = await api.updatePolicy(asked);
  const [name = ""] = [answer.change?.name];
  return { vault, api, asked, answer, name };
}

const versionOf = async (vault: TestVault) => {
  const { policy } = await vault.client.vault.getPolicy({ name: `${vault.name}/policy` });
  return `${policy?.version}: ${policy?.maxSlippageBps}`;
};

const statesOf = async (vault: TestVault) => {
  const { changes } = await vault.client.vault.listPolicyChanges({ parent: vault.name });
  return changes.map(({ state }) => enumName(PolicyChange_State, state));
};

const sql = (vault: TestVault, query: string) =>
  runInDurableObject(vault.stub, (_object, { storage }) => storage.sql.exec(query).toArray());

const kindsOf = async (vault: TestVault) =>
  (await sql(vault, "SELECT kind FROM ledger ORDER BY sequence")).map(({ kind }) => kind);

/** Lets time pass, in the vault's own books, and the alarm come. */
async function pass(vault: TestVault, ms: number) {
  await sql(vault, `UPDATE policy_change SET effective_ms = effective_ms - ${ms}`);
  await sql(vault, `UPDATE job SET due_ms = due_ms - ${ms} WHERE kind = 'policy'`);
  // What the object remembers of its rows and its alarm goes with it.
  await evictDurableObject(vault.stub);
  await runInDurableObject(vault.stub, (_object, { storage }) => storage.setAlarm(Date.now()));
  await runDurableObjectAlarm(vault.stub);
}

const veto = (name: string) => ({ name, requestId: requestId() });

test("a looser policy waits for 24 hours, and comes by the alarm", async () => {
  const { vault, api, asked, answer, name } = await waiting();
  expect(answer.policy?.version).toBe(1n);
  expect(answer.change).toMatchObject({
    state: PolicyChange_State.PENDING,
    loosened: ["max_slippage_bps"],
    expectedVersion: 1n,
  });
  const [from, to] = [answer.change?.createTime, answer.change?.effectiveTime];
  expect(from && to && timestampMs(to) - timestampMs(from)).toBe(dayMs);
  // A repeat of the request answers the same, and nothing more waits.
  expect(await api.updatePolicy(asked)).toEqual(answer);
  expect(await versionOf(vault)).toBe("1: 10");
  await pass(vault, dayMs - 60_000);
  expect(await versionOf(vault)).toBe("1: 10");
  await pass(vault, 60_000);
  expect(await versionOf(vault)).toBe("2: 100");
  expect(await statesOf(vault)).toEqual(["APPLIED"]);
  expect(await outcome(api.vetoPolicyChange(veto(name)))).toBe("STATE_REFUSED APPLIED");
  expect(await kindsOf(vault)).toEqual([
    "VAULT_CLAIMED",
    "POLICY_CHANGED",
    "POLICY_CHANGE_PROPOSED",
    "POLICY_CHANGED",
  ]);
});

test("the delay is that of the policy in force, not of the one that is asked for", async () => {
  const { vault, api } = await waiting();
  const eager = await change(vault, { ...tight, loosenDelay: { seconds: 0n } as never }, 1n);
  const answer = await api.updatePolicy(eager);
  expect(answer.change?.loosened).toEqual(["loosen_delay"]);
  // It took the place of the one before.
  expect(await statesOf(vault)).toEqual(["PENDING", "SUPERSEDED"]);
  await pass(vault, dayMs);
  const next = await api.updatePolicy(await change(vault, loose, 2n));
  expect(next.change).toBeUndefined();
  expect(await versionOf(vault)).toBe("3: 100");
});

test("a key with the scope vetoes it, once and for all", async () => {
  const { vault, api, name } = await waiting();
  const request = veto(name);
  const answer = await api.vetoPolicyChange(request);
  expect(answer.change?.state).toBe(PolicyChange_State.VETOED);
  expect(await api.vetoPolicyChange(request)).toEqual(answer);
  await pass(vault, dayMs);
  expect(await versionOf(vault)).toBe("1: 10");
  expect((await kindsOf(vault)).at(-1)).toBe("POLICY_CHANGE_ENDED");
  expect(await outcome(api.vetoPolicyChange(veto(`${vault.name}/policyChanges/none`)))).toBe(
    "NOT_FOUND",
  );
});

test("a guardian vetoes it by a signature, and nobody else does", async () => {
  const vault = await claimedVault();
  const guardian = makeWallet();
  const members = [asMember(vault.owner), asMember(guardian, "GUARDIAN")];
  await vault.client.vault.updateAuthority(await rotation(vault, [vault.owner], { members }));
  const { vault: api } = vault.clientOf(await generateP256Signer());
  await api.updatePolicy(await change(vault, tight, 0n, 2n));
  const { change: pending } = await api.updatePolicy(await change(vault, loose, 1n, 2n));
  const name = pending?.name ?? "";
  expect(await outcome(api.vetoPolicyChange(veto(name)))).toMatch(/^SCOPE_MISSING/);
  const build = policyVetoAct.bind(undefined, vault.vaultId, name);
  const signed = async (signer: typeof guardian) => ({
    ...veto(name),
    act: await consent([signer], build, 2n),
  });
  expect(await outcome(api.vetoPolicyChange(await signed(makeWallet())))).toMatch(
    /^OWNER_PROOF_REJECTED/,
  );
  const answer = await api.vetoPolicyChange(await signed(guardian));
  expect(answer.change?.state).toBe(PolicyChange_State.VETOED);
});

test("a tightening in between supersedes it, and a version that is over is refused", async () => {
  const { vault, api } = await waiting();
  const policy = create(PolicySchema, { maxSlippageBps: 5 });
  await api.tightenPolicy({
    parent: vault.name,
    requestId: requestId(),
    policy,
    expectedVersion: 1n,
  });
  expect(await statesOf(vault)).toEqual(["SUPERSEDED"]);
  await pass(vault, dayMs);
  expect(await versionOf(vault)).toBe("2: 5");
  expect(await outcome(api.updatePolicy(await change(vault, loose, 1n)))).toMatch(
    /^VERSION_CONFLICT/,
  );
});

test("other owners did not consent to it", async () => {
  const { vault } = await waiting();
  const members = [asMember(makeWallet())];
  await vault.client.vault.updateAuthority(await rotation(vault, [vault.owner], { members }));
  await pass(vault, dayMs);
  expect(await sql(vault, "SELECT version FROM policy")).toEqual([{ version: 1 }]);
  expect(await sql(vault, "SELECT state FROM policy_change")).toEqual([{ state: "SUPERSEDED" }]);
});

test("a frozen vault loosens nothing; it goes on when the freeze ends", async () => {
  const { vault, api } = await waiting();
  await api.freezeVault({ name: vault.name, requestId: requestId(), reason: "theft" });
  await pass(vault, dayMs);
  expect(await versionOf(vault)).toBe("1: 10");
  const act = await vault.consent(unfreezeAct.bind(undefined, vault.vaultId));
  await api.unfreezeVault({ name: vault.name, requestId: requestId(), act });
  await pass(vault, 0);
  expect(await versionOf(vault)).toBe("2: 100");
});

test("a stolen device key can tighten and veto, and loosen nothing", async () => {
  const { vault, api, name } = await waiting();
  const stolen = await generateP256Signer();
  const grant = grantOf(stolen, allScopes);
  const act = await vault.consent(keyGrantAct.bind(undefined, vault.vaultId, grant));
  await api.grantKey({ parent: vault.name, requestId: requestId(), grant, act });
  const { vault: thief } = vault.clientOf(stolen);
  const policy = create(PolicySchema, loose);
  const base = { parent: vault.name, policy, expectedVersion: 1n };
  expect(await outcome(thief.tightenPolicy({ ...base, requestId: requestId() }))).toMatch(
    /^POLICY_REFUSED/,
  );
  const old = (await change(vault, tight, 1n)).act;
  expect(await outcome(thief.updatePolicy({ ...base, requestId: requestId(), act: old }))).toMatch(
    /^OWNER_PROOF_REJECTED/,
  );
  const sooner = create(PolicySchema, { ...tight, loosenDelay: { seconds: 1n } as never });
  expect(
    await outcome(thief.tightenPolicy({ ...base, policy: sooner, requestId: requestId() })),
  ).toMatch(/^POLICY_REFUSED/);
  expect(await outcome(thief.vetoPolicyChange(veto(name)))).toBe("ok");
  expect(await versionOf(vault)).toBe("1: 10");
});

test("a policy that contradicts itself is refused with the field", async () => {
  const vault = await claimedVault();
  const hours = { timeZone: "Mars/Olympus", spans: [{ days: [1], startMinute: 0, endMinute: 60 }] };
  const request = await change(vault, { hours: hours as never }, 0n);
  const error = await vault.client.vault.updatePolicy(request).catch(String);
  expect(error).toContain("policy.hours.time_zone");
  expect(allScopes).toContain(Scope.POLICY_TIGHTEN);
});
