/** One session takes over from another, in workerd. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { type Session, Session_State } from "#gen/vault/v1/session";
import { sessionRevokeAct } from "#protocol/acts/vault-acts";
import { enumName } from "#protocol/enum-name";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { claimedVault, type TestVault } from "./support/claimed-vault.ts";
import { activeSession, createSession, installRequest } from "./support/test-session.ts";

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => {
      const { cause, rule, state } = errorInfoOf(error)?.metadata ?? {};
      return [reasonOf(error), cause ?? rule ?? state].filter(Boolean).join(" ");
    },
  );

const states = async ({ client, name }: TestVault) => {
  const { sessions } = await client.vault.listSessions({ parent: name });
  return sessions.map(({ state }) => enumName(Session_State, state));
};

const sealedKeys = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
    sql
      .exec<{ secret_id: string }>("SELECT secret_id FROM secret ORDER BY secret_id")
      .toArray()
      .map((row) => row.secret_id),
  );

const secretOf = ({ name }: Session) => `session:${name.split("/").at(-1)}`;

test("installs the new session and revokes the old one in one step; the old key is gone", async () => {
  const vault = await claimedVault();
  const old = await activeSession(vault);
  const next = await createSession(vault);
  expect(await sealedKeys(vault)).toEqual(["identity", secretOf(old), secretOf(next)].sort());
  const request = await installRequest(vault, next, old);
  const { session } = await vault.client.vault.installSession(request);
  expect(session?.state).toBe(Session_State.ACTIVE);
  expect(await states(vault)).toEqual(["ACTIVE", "REVOKED"]);
  expect(await sealedKeys(vault)).toEqual(["identity", secretOf(next)].sort());
  const { ledgerEntries } = await vault.client.vault.listLedgerEntries({ parent: vault.name });
  const [installed, revoked] = ledgerEntries;
  expect(revoked).toMatchObject({ kind: LedgerEntry_Kind.SESSION_REVOKED, subject: old.name });
  expect(installed).toMatchObject({ kind: LedgerEntry_Kind.SESSION_INSTALLED, subject: next.name });
  expect(JSON.parse(revoked?.facts ?? "{}")).toMatchObject({ replaced_by: next.name });
  expect(JSON.parse(installed?.facts ?? "{}")).toMatchObject({ replaces: old.name });
  // A repeat gets the first answer, though the old session is no longer active.
  expect(await vault.client.vault.installSession(request)).toEqual({
    $typeName: "metavault.vault.v1.InstallSessionResponse",
    session,
  });
});

test("what may not be replaced is refused, and nothing changes", async () => {
  const vault = await claimedVault();
  const old = await activeSession(vault);
  const next = await createSession(vault);
  const install = (request: Awaited<ReturnType<typeof installRequest>>) =>
    outcome(vault.client.vault.installSession(request));
  const good = await installRequest(vault, next, old);

  expect(await install({ ...good, replaces: next.name })).toBe("FIELD_INVALID other");
  expect(await install({ ...good, replaces: `${vault.name}/sessions/none` })).toBe("NOT_FOUND");
  const stranger = await claimedVault();
  const foreign = await createSession(stranger);
  expect(await install({ ...good, replaces: foreign.name })).toBe("VAULT_MISMATCH");
  const pending = await createSession(vault);
  expect(await install(await installRequest(vault, next, pending))).toBe("STATE_REFUSED PENDING");
  // A consent to install is none to replace, and the other way round.
  const plain = await installRequest(vault, next);
  expect(await install({ ...plain, replaces: old.name })).toBe("OWNER_PROOF_REJECTED signature");
  expect(await install({ ...good, replaces: "" })).toBe("OWNER_PROOF_REJECTED signature");
  // Nor is one to replace another session.
  expect(await install({ ...good, replaces: pending.name })).toBe("OWNER_PROOF_REJECTED signature");
  expect(await states(vault)).toEqual(["PENDING", "PENDING", "ACTIVE"]);
  expect(await sealedKeys(vault)).toHaveLength(4);

  expect(await install(good)).toBe("ok");
  const again = await createSession(vault);
  expect(await install(await installRequest(vault, again, old))).toBe("STATE_REFUSED REVOKED");
  expect(await states(vault)).toEqual(["PENDING", "PENDING", "ACTIVE", "REVOKED"]);
});

test("two rotations of one session at once: one takes over", async () => {
  const vault = await claimedVault();
  const old = await activeSession(vault);
  const requests = await Promise.all(
    [await createSession(vault), await createSession(vault)].map((next) =>
      installRequest(vault, next, old),
    ),
  );
  const outcomes = await Promise.all(
    requests.map((request) => outcome(vault.client.vault.installSession(request))),
  );
  expect(outcomes.sort()).toEqual(["STATE_REFUSED REVOKED", "ok"]);
  expect((await states(vault)).sort()).toEqual(["ACTIVE", "PENDING", "REVOKED"]);
});

test("a session that is revoked without a successor loses its key too", async () => {
  const vault = await claimedVault();
  const session = await activeSession(vault);
  const act = await vault.consent(sessionRevokeAct.bind(undefined, vault.vaultId, session.name));
  const request = { name: session.name, requestId: crypto.randomUUID(), act };
  await vault.client.vault.revokeSession(request);
  expect(await sealedKeys(vault)).toEqual(["identity"]);
});
