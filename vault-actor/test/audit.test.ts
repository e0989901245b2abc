/** The ledger proves every change: each method that changes something, in workerd. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { exportAudit } from "#client/audit/export-audit";
import { verifyAudit } from "#client/audit/verify-audit";
import { decideApproval, vetoPolicyChange } from "#client/owner";
import { createVaultClient } from "#client/vault-client";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { DecideApprovalRequest_Decision as Decision } from "#gen/vault/v1/approval_messages";
import { IntentSchema } from "#gen/vault/v1/intent";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { PolicySchema } from "#gen/vault/v1/policy";
import { VaultService } from "#gen/vault/v1/vault_service";
import { isRead, methodsByPath } from "#protocol/access";
import { recoveryCancelAct } from "#protocol/acts/authority-acts";
import {
  keyGrantAct,
  keyRevokeAct,
  policyLoosenAct,
  sessionRevokeAct,
  unfreezeAct,
} from "#protocol/acts/vault-acts";
import { enumName } from "#protocol/enum-name";
import { callProofDigest, parseBase } from "#protocol/ledger/call-proof";
import { parseCheckpoint, verifyCheckpoint } from "#protocol/ledger/checkpoint";
import { generateEd25519Signer, generateP256Signer } from "#protocol/proof/signer";
import { causedBy } from "../src/ledger/cause.ts";
import { append } from "../src/ledger/store.ts";
import { durableDatabase } from "../src/storage/durable.ts";
import {
  allScopes,
  bindings,
  chainId,
  claimRequest,
  grantOf,
  origin,
  type TestVault,
  unclaimedVault,
} from "./support/claimed-vault.ts";
import { asMember, consent, makeWallet, outcome, recovery, rotation } from "./support/members.ts";
import { createSession, installRequest } from "./support/test-session.ts";

const again = () => ({ requestId: crypto.randomUUID() });
const native = `eip155:${chainId}/slip44:60`;
const friend = `eip155:${chainId}:0x${"f".repeat(40)}`;

const gift = create(IntentSchema, {
  chain: `eip155:${chainId}`,
  action: {
    action: {
      case: "transfer",
      value: {
        asset: native,
        amount: { amount: { case: "exact", value: "1" } },
        recipient: friend,
      },
    },
  },
});
const rulesOf = (most: string) =>
  create(PolicySchema, {
    calls: [{ target: friend, selectors: ["0x"] }],
    recipients: [friend],
    assets: [
      {
        asset: native,
        maxPerOperation: most,
        windows: [{ window: { seconds: 86_400n }, maxAmount: "3" }],
      },
    ],
  });
const rules = rulesOf("2");
const trigger = create(TriggerSchema, {
  displayName: "a gift",
  condition: {
    test: {
      case: "schedule",
      value: { schedule: { case: "once", value: { time: { seconds: 4_000_000_000n } } } },
    },
  },
  intent: gift,
});

/** Changes of a vault's life, in an order in which each is accepted, by their methods. */
async function lifeOf(vault: TestVault) {
  const { client, name, vaultId } = vault;
  const agent = await generateEd25519Signer();
  const spare = await generateP256Signer();
  let triggerName = "";
  let version = 0n;
  let session = "";
  let execution = "";
  const grant = async (signer: typeof agent) => {
    const grant = grantOf(signer, allScopes);
    const act = await consent([vault.owner], keyGrantAct.bind(undefined, vaultId, grant));
    return client.vault.grantKey({ parent: name, ...again(), grant, act });
  };
  const loosen = async () => {
    const build = policyLoosenAct.bind(undefined, vaultId, rules, 0n);
    const act = await consent([vault.owner], build);
    const parent = name;
    return client.vault.updatePolicy({
      parent,
      ...again(),
      policy: rules,
      expectedVersion: 0n,
      act,
    });
  };
  const install = async () => {
    const made = await createSession(vault);
    session = made.name;
    await client.vault.installSession(await installRequest(vault, made));
  };
  const submit = async () => {
    const answer = await client.vault.submitIntent({ parent: name, ...again(), intent: gift });
    execution = answer.execution?.name ?? "";
  };
  const sql = async (statement: string) => {
    await runInDurableObject(vault.stub, (_object, { storage }) => storage.sql.exec(statement));
    // What the object remembers of its rows goes with it.
    await evictDurableObject(vault.stub);
  };
  const owners = () => ({ chainId, epoch: 1n, nowMs: Date.now() });
  const veto = async () => {
    const build = policyLoosenAct.bind(undefined, vaultId, rules, 2n);
    const act = await consent([vault.owner], build);
    const request = { parent: name, ...again(), policy: rules, expectedVersion: 2n, act };
    const { change } = await client.vault.updatePolicy(request);
    if (change === undefined) throw new Error("nothing waits");
    await vetoPolicyChange(client, vault.wallet, change, owners());
  };
  const decide = async () => {
    const later = Date.now() + 3_600_000;
    await sql(
      `INSERT INTO execution (execution_id, sequence, state, intent, cause_kind, cause_ref, key_id,
        expire_ms, send_count, created_ms, approval_id)
       SELECT 'waits', max(sequence) + 1, 'PENDING_APPROVAL', x'', 'KEY', 'agent', 'agent',
        ${later}, 0, 0, 'waits' FROM execution`,
    );
    const shown = '{"rules":["too much"],"spends":[],"receives":[],"recipients":[]}';
    await sql(
      `INSERT INTO approval (approval_id, sequence, state, requester, key_id, summary, shown,
        max_worsening_bps, expire_ms, created_ms)
       VALUES ('waits', 1, 'PENDING', 'agent', 'agent', 'send it', '${shown}', 0, ${later}, 0)`,
    );
    const { approvals } = await client.vault.listApprovals({ parent: name });
    const [approval] = approvals;
    if (approval === undefined) throw new Error("nothing waits");
    await decideApproval(client, vault.wallet, approval, Decision.REJECT, owners());
  };
  const broadcast = async () => {
    await sql(
      `INSERT INTO revocation (session_id, operation, operation_hash, stored_ms)
       VALUES ('${session.split("/").at(-1)}', '{}', '0x', 0)`,
    );
    await client.vault.broadcastRevocation({ name: session, ...again() });
  };
  const saved = makeWallet();
  const steps: readonly (readonly [method: string, run: () => Promise<unknown>, kind?: string])[] =
    [
      ["ClaimVault", async () => client.vault.claimVault(await claimRequest(vault))],
      ["GrantKey", () => grant(agent)],
      ["GrantKey", () => grant(spare)],
      [
        "RevokeOwnKey",
        () => vault.clientOf(agent).vault.revokeOwnKey({ parent: name, ...again() }),
      ],
      [
        "RevokeKey",
        async () => {
          const build = keyRevokeAct.bind(undefined, vaultId, spare.keyId);
          const act = await consent([vault.owner], build);
          await client.vault.revokeKey({ name: `${name}/keys/${spare.keyId}`, ...again(), act });
        },
      ],
      ["UpdatePolicy", loosen],
      [
        "TightenPolicy",
        () => {
          const policy = rulesOf("1");
          const parent = name;
          return client.vault.tightenPolicy({ parent, ...again(), policy, expectedVersion: 1n });
        },
      ],
      // After an UpdatePolicy of its own, which it takes back.
      ["VetoPolicyChange", veto],
      [
        "UpdatePortfolio",
        () => client.vault.updatePortfolio({ parent: name, ...again(), trackedAssets: [native] }),
      ],
      ["CreateSession", () => createSession(vault)],
      ["InstallSession", install],
      [
        "CreateTrigger",
        async () => {
          const answer = await client.triggers.createTrigger({ parent: name, ...again(), trigger });
          triggerName = answer.trigger?.name ?? "";
          version = answer.trigger?.version ?? 0n;
        },
      ],
      [
        "UpdateTrigger",
        () =>
          client.triggers.updateTrigger({
            trigger: { ...trigger, name: triggerName, displayName: "another gift" },
            expectedVersion: version,
            ...again(),
          }),
      ],
      ["PauseTrigger", () => client.triggers.pauseTrigger({ name: triggerName, ...again() })],
      [
        "PauseTrigger",
        () => client.triggers.pauseTrigger({ name: triggerName, ...again() }),
        "CALL_ACCEPTED",
      ],
      ["ResumeTrigger", () => client.triggers.resumeTrigger({ name: triggerName, ...again() })],
      ["DeleteTrigger", () => client.triggers.deleteTrigger({ name: triggerName, ...again() })],
      ["SubmitIntent", submit],
      ["CancelExecution", () => client.vault.cancelExecution({ name: execution, ...again() })],
      [
        "CancelExecution",
        () => client.vault.cancelExecution({ name: execution, ...again() }),
        "CALL_ACCEPTED",
      ],
      ["DecideApproval", decide],
      [
        "RevokeSession",
        async () => {
          const act = await consent(
            [vault.owner],
            sessionRevokeAct.bind(undefined, vaultId, session),
          );
          await client.vault.revokeSession({ name: session, ...again(), act });
        },
      ],
      // Of a session that is revoked: that it is to be sent now is all that it changes.
      ["BroadcastRevocation", broadcast, "CALL_ACCEPTED"],
      ["FreezeVault", () => client.vault.freezeVault({ name, ...again(), reason: "a test" })],
      [
        "FreezeVault",
        () => client.vault.freezeVault({ name, ...again(), reason: "again" }),
        "CALL_ACCEPTED",
      ],
      [
        "RecoverAuthority",
        async () =>
          client.vault.recoverAuthority(
            await recovery(vault, [vault.owner], { members: [asMember(saved)] }),
          ),
      ],
      [
        "CancelRecovery",
        async () => {
          const act = await consent([vault.owner], recoveryCancelAct.bind(undefined, vaultId));
          await client.vault.cancelRecovery({ name: `${name}/authority`, ...again(), act });
        },
      ],
      [
        "UnfreezeVault",
        async () => {
          const act = await consent([vault.owner], unfreezeAct.bind(undefined, vaultId));
          await client.vault.unfreezeVault({ name, ...again(), act });
        },
      ],
      // The last: it ends every key.
      [
        "UpdateAuthority",
        async () =>
          client.vault.updateAuthority(
            await rotation(vault, [vault.owner], { members: [asMember(saved)] }),
          ),
      ],
    ];
  return { steps, saved };
}

/** Needs a chain on which the account accepts its signature: `e2e/test/leaving.test.ts`. */
const elsewhere = ["StoreRevocation"];

test("every method that changes something adds an entry with the proof of its call", async () => {
  const vault = await unclaimedVault();
  const { steps, saved } = await lifeOf(vault);
  const changing = [...methodsByPath([VaultService, TriggerService]).values()]
    .filter((method) => !isRead(method))
    .map((method) => method.name);
  const tried = new Set(steps.map(([method]) => method));
  expect([...tried, ...elsewhere].sort()).toEqual(changing.sort());

  const seen: string[] = [];
  const sequences: number[] = [0];
  for (const [method, run] of steps) {
    await run();
    const last = await runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
      sql.exec<{ n: number }>("SELECT max(sequence) AS n FROM ledger").one(),
    );
    sequences.push(last.n);
    seen.push(method);
  }
  // The owners that it has now let a key read it.
  const reader = await generateP256Signer();
  const grant = grantOf(reader, allScopes);
  const act = await consent([saved], keyGrantAct.bind(undefined, vault.vaultId, grant), 2n);
  const client = vault.clientOf(reader);
  await client.vault.grantKey({ parent: vault.name, ...again(), grant, act });

  const { entries } = await client.vault.exportAudit({ parent: vault.name, pageSize: 500 });
  for (const [index, [method, , kind]] of steps.entries()) {
    const [from = 0, to = 0] = sequences.slice(index, index + 2);
    const caused = entries.filter(({ sequence }) => sequence > from && sequence <= to);
    // InstallSession comes after a CreateSession of its own, whose entry is among them.
    const calls = caused.map(({ proof }) => parseBase(proof?.signatureBase ?? new Uint8Array()));
    expect(calls.map((call) => call?.path.split("/").at(-1))).toContain(method);
    expect(calls.every((call) => call?.vaultId === vault.vaultId)).toBe(true);
    if (kind !== undefined) {
      expect(caused.map((entry) => enumName(LedgerEntry_Kind, entry.kind))).toEqual([kind]);
    }
  }
  for (const { proof, proofDigest } of entries) {
    if (proof === undefined) continue;
    const { keyId, signatureBase: base, signature } = proof;
    const bytes = (of: Uint8Array) => new Uint8Array(of);
    const digest = callProofDigest({ keyId, base: bytes(base), signature: bytes(signature) });
    expect(bytes(proofDigest)).toEqual(digest);
  }

  const lines: string[] = [];
  for await (const line of exportAudit(client, vault.vaultId, 7)) lines.push(line.slice(0, -1));
  const report = await verifyAudit([...lines, ""], { trust: [bindings.ATTESTATION_KEY_ID] });
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({ verified: true, entries: entries.length, uncheckedConsents: 0 });
  expect(report.calls).toBeGreaterThanOrEqual(steps.length);
}, 30_000);

test("a refused intent is written down with its proof, once, and the answer is the same", async () => {
  const vault = await unclaimedVault();
  await vault.client.vault.claimVault(await claimRequest(vault));
  const sent: { url: string; init: RequestInit }[] = [];
  const { vault: api } = createVaultClient(origin, {
    vaultId: vault.vaultId,
    signer: vault.signer,
    attestationKeyIds: [bindings.ATTESTATION_KEY_ID],
    fetch(url, init) {
      const { method, headers, body } = init;
      sent.push({ url, init: { method, headers, body } as RequestInit });
      return vault.stub.fetch(url, init);
    },
  });
  const request = { parent: vault.name, ...again(), intent: gift };
  const entriesOf = async () =>
    (await vault.client.vault.exportAudit({ parent: vault.name })).entries.slice(1);
  const refused = await outcome(api.submitIntent(request));
  expect(refused).toMatch(/^POLICY_REFUSED/);
  const [entry, ...others] = await entriesOf();
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    kind: LedgerEntry_Kind.INTENT_REFUSED,
    actor: vault.signer.keyId,
    proof: { keyId: vault.signer.keyId },
  });
  expect(JSON.parse(entry?.facts ?? "")).toMatchObject({
    action: "transfer",
    reason: "POLICY_REFUSED",
    request_id: request.requestId,
  });
  // Whoever sends the same bytes again gets nothing written.
  const submitted = sent.find(({ url }) => url.endsWith("/SubmitIntent"));
  if (submitted === undefined) throw new Error("nothing was sent");
  const replayed = await vault.stub.fetch(submitted.url, submitted.init);
  expect(replayed.status).toBe(401);
  expect(await entriesOf()).toHaveLength(1);
  // The caller may ask the same again, with another proof: it was not carried out.
  expect(await outcome(api.submitIntent(request))).toBe(refused);
  expect(await entriesOf()).toHaveLength(2);
});

test("refusals are counted against the key's own rate", async () => {
  const vault = await unclaimedVault();
  const claim = await claimRequest(vault);
  await vault.client.vault.claimVault(claim);
  const agent = await generateEd25519Signer();
  const grant = { ...grantOf(agent, allScopes), maxCallsPerMinute: 3 };
  const act = await consent([vault.owner], keyGrantAct.bind(undefined, vault.vaultId, grant));
  await vault.client.vault.grantKey({ parent: vault.name, ...again(), grant, act });
  const { vault: api } = vault.clientOf(agent);
  const outcomes: string[] = [];
  for (let i = 0; i < 6; i++) {
    outcomes.push(
      await outcome(api.submitIntent({ parent: vault.name, ...again(), intent: gift })),
    );
  }
  expect(outcomes.filter((one) => one.startsWith("POLICY_REFUSED")).length).toBeLessThanOrEqual(3);
  expect(outcomes.at(-1)).toMatch(/^RATE_LIMITED/);
  const { entries } = await vault.client.vault.exportAudit({ parent: vault.name });
  expect(entries.length).toBeLessThanOrEqual(2 + 3);
});

test("a repeat of an accepted call adds nothing", async () => {
  const vault = await unclaimedVault();
  await vault.client.vault.claimVault(await claimRequest(vault));
  const request = { name: vault.name, ...again(), reason: "once" };
  await vault.client.vault.freezeVault(request);
  await vault.client.vault.freezeVault(request);
  const { entries } = await vault.client.vault.exportAudit({ parent: vault.name });
  const kinds = entries.map(({ kind }) => enumName(LedgerEntry_Kind, kind));
  expect(kinds).toEqual(["VAULT_CLAIMED", "VAULT_FROZEN"]);
});

test("a checkpoint is the ledger's head under the identity key", async () => {
  const vault = await unclaimedVault();
  await vault.client.vault.claimVault(await claimRequest(vault));
  const { checkpoint } = await vault.client.vault.getCheckpoint({ parent: vault.name });
  const { ledgerEntries } = await vault.client.vault.listLedgerEntries({ parent: vault.name });
  const { note = "" } = checkpoint ?? {};
  expect(checkpoint).toMatchObject({ origin: `metavault/${vault.vaultId}`, size: 1n });
  expect(checkpoint?.head).toEqual(ledgerEntries[0]?.hash);
  const { vaultId } = vault;
  const { identityKeyId } = await vault.client.certificate();
  const checked = await verifyCheckpoint(note, { vaultId, identityKeyId });
  expect(checked).toMatchObject({ ok: true, value: { size: 1 } });
  expect(parseCheckpoint(note)?.vaultId).toBe(vault.vaultId);
  const stranger = await generateEd25519Signer();
  const other = await verifyCheckpoint(note, { vaultId, identityKeyId: stranger.keyId });
  expect(other).toMatchObject({ ok: false, error: "note_bad_signature" });
});

test("a proof costs no row of its own", async () => {
  const vault = await unclaimedVault();
  await vault.client.vault.claimVault(await claimRequest(vault));
  const written = await runInDurableObject(vault.stub, (_object, { storage }) => {
    const db = durableDatabase(storage);
    const fact = { kind: "TRIGGER_FIRED", actor: "vault", subject: "s", facts: {} } as const;
    const proof = {
      keyId: vault.signer.keyId,
      base: new Uint8Array(700),
      signature: new Uint8Array(64),
    };
    const costOf = (write: () => void) => {
      const before = db.rows.written;
      write();
      return db.rows.written - before;
    };
    return [
      costOf(() => append(db, 1, fact)),
      costOf(() => causedBy(db, proof, () => append(db, 1, fact))),
    ];
  });
  expect(written).toEqual([1, 1]);
});
