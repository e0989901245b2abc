/** Decisions about what waits, in workerd: who may make them, that they hold, and the alarm. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { type Approval, Approval_State } from "#gen/vault/v1/approval";
import { DecideApprovalRequest_Decision as Decision } from "#gen/vault/v1/approval_messages";
import { intentApprovalAct } from "#protocol/acts/vault-acts";
import { enumName } from "#protocol/enum-name";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { ethereumSigner, generateP256Signer, type Signer } from "#protocol/proof/signer";
import { chainId, claimedVault, type TestVault } from "./support/claimed-vault.ts";
import { asMember, consent, makeWallet, rotation } from "./support/members.ts";

const sql = <T extends Record<string, SqlStorageValue>>(vault: TestVault, query: string) =>
  runInDurableObject(vault.stub, (_object, { storage }) => storage.sql.exec<T>(query).toArray());

/** An execution that waits, asked for by a key. */
async function waits(vault: TestVault, keyId: string, expireMs = Date.now() + 3_600_000) {
  const nowMs = Date.now();
  await sql(
    vault,
    `INSERT INTO execution (execution_id, sequence, state, intent, cause_kind, cause_ref, key_id,
      expire_ms, send_count, created_ms, approval_id)
     VALUES ('e1', 1, 'PENDING_APPROVAL', x'', 'KEY', '${keyId}', '${keyId}', ${nowMs + 600_000}, 0, ${nowMs}, 'e1')`,
  );
  const flow = `{"asset":"eip155:1/slip44:60","amount":"5","microUsd":"1500000"}`;
  const shown = `{"rules":["too much"],"spends":[${flow}],"receives":[],"recipients":["${vault.vaultId}"]}`;
  await sql(
    vault,
    `INSERT INTO approval (approval_id, sequence, state, requester, key_id, summary, shown,
      max_worsening_bps, expire_ms, created_ms)
     VALUES ('e1', 1, 'PENDING', '${keyId}', '${keyId}', 'send five', '${shown}', 100, ${expireMs}, ${nowMs})`,
  );
  await sql(
    vault,
    `INSERT INTO job (kind, ref, due_ms, attempt) VALUES ('approval', 'e1', ${expireMs}, 0)`,
  );
  // What the object remembers of its rows goes with it.
  await evictDurableObject(vault.stub);
}

const approvalOf = async (vault: TestVault): Promise<Approval> => {
  const { approvals } = await vault.client.vault.listApprovals({ parent: vault.name });
  if (approvals[0] === undefined) throw new Error("nothing waits");
  return approvals[0];
};

type How = {
  readonly decision?: Decision;
  readonly by?: readonly Parameters<typeof consent>[0][number][];
  readonly signer?: Signer;
  readonly epoch?: bigint;
  readonly change?: Partial<Approval>;
};

/** A decision that is signed and not sent. */
async function signed(vault: TestVault, how: How = {}) {
  const approval = { ...(await approvalOf(vault)), ...how.change };
  const decision = how.decision ?? Decision.APPROVE;
  const build = intentApprovalAct.bind(undefined, vault.vaultId, approval, decision);
  const act = await consent(how.by ?? [vault.owner], build, how.epoch ?? 1n);
  const { vault: client } = vault.clientOf(how.signer ?? (await generateP256Signer()));
  const name = `${vault.name}/approvals/e1`;
  const request = { name, requestId: crypto.randomUUID(), decision, act };
  return { client, request };
}

async function decide(vault: TestVault, how: How = {}) {
  const { client, request } = await signed(vault, how);
  return client.decideApproval(request).then(
    ({ approval }) => enumName(Approval_State, approval?.state ?? 0),
    (error: unknown) => {
      const { cause, state } = errorInfoOf(error)?.metadata ?? {};
      return [reasonOf(error), cause ?? state].filter((part) => part !== undefined).join(" ");
    },
  );
}

const stateOf = async (vault: TestVault) =>
  (await sql<{ state: string }>(vault, "SELECT state FROM execution"))[0]?.state;

test("is listed as the owners sign it", async () => {
  const vault = await claimedVault();
  await waits(vault, "agent");
  expect(await approvalOf(vault)).toMatchObject({
    name: `${vault.name}/approvals/e1`,
    execution: `${vault.name}/executions/e1`,
    summary: "send five",
    state: Approval_State.PENDING,
    requester: "agent",
    rules: ["too much"],
    spends: [{ asset: "eip155:1/slip44:60", amount: "5", usd: "1.5" }],
    recipients: [vault.vaultId],
    maxWorseningBps: 100,
  });
});

test("is approved once: a repeat has the same answer, another decision has none", async () => {
  const vault = await claimedVault();
  await waits(vault, "agent");
  const { client, request } = await signed(vault);
  const first = await client.decideApproval(request);
  expect(first.approval?.state).toBe(Approval_State.APPROVED);
  const again = await client.decideApproval(request);
  expect(again).toEqual(first);
  expect(await decide(vault)).toBe("STATE_REFUSED APPROVED");
  expect(await decide(vault, { decision: Decision.REJECT })).toBe("STATE_REFUSED APPROVED");
  const kinds = await sql<{ kind: string }>(vault, "SELECT kind FROM ledger ORDER BY sequence");
  expect(kinds.filter(({ kind }) => kind === "APPROVAL_DECIDED")).toHaveLength(1);
  expect(await stateOf(vault)).not.toBe("PENDING_APPROVAL");
});

test("rejected, its execution ends", async () => {
  const vault = await claimedVault();
  await waits(vault, "agent");
  expect(await decide(vault, { decision: Decision.REJECT })).toBe("REJECTED");
  expect(await stateOf(vault)).toBe("FAILED");
  expect(await decide(vault)).toBe("STATE_REFUSED REJECTED");
});

test.each<[string, Partial<Approval>]>([
  ["words", { summary: "send one" }],
  ["amounts", { spends: [] }],
  ["reasons", { rules: [] }],
  ["recipients", { recipients: [] }],
  ["tolerance", { maxWorseningBps: 0 }],
  ["name", { name: "vaults/other/approvals/e1" }],
])("a consent to other %s does not count", async (_, change) => {
  const vault = await claimedVault();
  await waits(vault, "agent");
  expect(await decide(vault, { change })).toBe("OWNER_PROOF_REJECTED signature");
  expect(await stateOf(vault)).toBe("PENDING_APPROVAL");
});

test("the key that asked can't carry it, whoever signs", async () => {
  const vault = await claimedVault();
  await waits(vault, vault.signer.keyId);
  expect(await decide(vault, { signer: vault.signer })).toBe("OWNER_PROOF_REJECTED requester");
  expect(await stateOf(vault)).toBe("PENDING_APPROVAL");
  expect(await decide(vault)).toBe("APPROVED");
});

test("an owner who asked does not count: of one owner, of two who must", async () => {
  const alone = await claimedVault();
  await waits(alone, alone.memberId);
  expect(await decide(alone)).toBe("OWNER_PROOF_REJECTED requester");

  const vault = await claimedVault();
  const [second, third] = [makeWallet(), makeWallet()];
  const members = [asMember(vault.owner), asMember(second), asMember(third)];
  await vault.client.vault.updateAuthority(
    await rotation(vault, [vault.owner], { members, threshold: 2 }),
  );
  await grantAnew(vault);
  await waits(vault, vault.memberId);
  const by = (signers: NonNullable<How["by"]>) => decide(vault, { by: signers, epoch: 2n });
  expect(await by([vault.owner, second])).toBe("OWNER_PROOF_REJECTED requester");
  expect(await by([second])).toBe("OWNER_PROOF_REJECTED threshold");
  expect(await by([second, third])).toBe("APPROVED");
});

/** The rotation ended every key; the device is granted anew, to list. */
async function grantAnew(vault: TestVault) {
  await sql(vault, "UPDATE caller_key SET epoch = 2");
}

test("a frozen vault approves nothing, and rejects", async () => {
  const vault = await claimedVault();
  await waits(vault, "agent");
  await vault.client.vault.freezeVault({
    name: vault.name,
    requestId: crypto.randomUUID(),
    reason: "",
  });
  expect(await decide(vault)).toBe("VAULT_FROZEN");
  expect(await decide(vault, { decision: Decision.REJECT })).toBe("REJECTED");
});

test("nobody decides in time: the alarm ends it, and then nobody can", async () => {
  const vault = await claimedVault();
  await waits(vault, "agent", Date.now() - 1);
  expect(await decide(vault)).toBe("STATE_REFUSED EXPIRED");
  await runInDurableObject(vault.stub, (_object, { storage }) => storage.setAlarm(Date.now()));
  await runDurableObjectAlarm(vault.stub);
  expect((await approvalOf(vault)).state).toBe(Approval_State.EXPIRED);
  expect(await stateOf(vault)).toBe("FAILED");
  expect(await sql(vault, "SELECT * FROM job WHERE kind = 'approval'")).toEqual([]);
});

test("an approval outlives a crash between the decision and the plan", async () => {
  const vault = await claimedVault();
  await waits(vault, "agent");
  expect(await decide(vault)).toBe("APPROVED");
  await evictDurableObject(vault.stub);
  const [row] = await sql<{ state: string; approval_id: string }>(
    vault,
    "SELECT state, approval_id FROM execution",
  );
  expect(row?.approval_id).toBe("e1");
  expect(row?.state).not.toBe("PENDING_APPROVAL");
  expect((await approvalOf(vault)).state).toBe(Approval_State.APPROVED);
});

test("a key that nobody granted sees none", async () => {
  const vault = await claimedVault();
  const key = ethereumSigner(chainId, crypto.getRandomValues(new Uint8Array(32)));
  const list = vault.clientOf(key).vault.listApprovals({ parent: vault.name });
  expect(await list.then(() => "ok", reasonOf)).toBe("PROOF_REJECTED");
});
