/** The KEK changes under vaults that live, in workerd: the same storage, other bindings. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { createVaultClient } from "#client/vault-client";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { reasonOf } from "#protocol/errors";
import { type Env, settingsOf } from "../src/env.ts";
import { createNotary } from "../src/notary/notary.ts";
import { durableDatabase } from "../src/storage/durable.ts";
import type { VaultRuntime } from "../src/vault-parts.ts";
import { composeVault } from "../src/vault-runtime.ts";
import { bindings, claimedVault, origin, type TestVault } from "./support/claimed-vault.ts";
import { createSession } from "./support/test-session.ts";

const first = bindings.KEK as string;
const second = btoa("2".repeat(32));
const third = btoa("3".repeat(32));

/** The vault's notary as the same deployment has it. */
async function askNotary(
  vaultId: string,
  keks: Pick<Env, "KEK" | "KEK_VERSION" | "KEK_PREVIOUS">,
  request: Request,
): Promise<Response> {
  const sent = new Uint8Array(await request.arrayBuffer());
  const stub = bindings.NOTARY.getByName(vaultId);
  const { status, body } = await runInDurableObject(stub, async (_object, { storage }) => {
    const { verify } = settingsOf({ ...bindings, ...keks }).notaryMac;
    const notary = createNotary({ db: durableDatabase(storage), vaultId, verify });
    const answer = await notary(new Request("http://notary/", { method: "POST", body: sent }));
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
  });
  return new Response(body, { status });
}

/** Runs `use` with the vault as a deployment with other KEKs would have it. */
async function deployed<T>(
  vault: TestVault,
  keks: Pick<Env, "KEK" | "KEK_VERSION" | "KEK_PREVIOUS">,
  use: (at: {
    readonly runtime: VaultRuntime;
    readonly client: ReturnType<typeof createVaultClient>;
    readonly faults: readonly string[];
  }) => Promise<T>,
): Promise<T> {
  const result = await runInDurableObject(vault.stub, (_object, { storage, id }) => {
    const faults: string[] = [];
    const runtime = composeVault({
      db: durableDatabase(storage),
      alarm: { get: () => storage.getAlarm(), set: (atMs) => void storage.setAlarm(atMs) },
      settings: settingsOf({ ...bindings, ...keks }),
      notary: (vaultId, request) => askNotary(vaultId, keks, request),
      signals: async () => new Response(null, { status: 503 }),
      outside: async () => new Response(null, { status: 503 }),
      isOwnId: (name) => bindings.METAVAULT.idFromName(name).equals(id),
      now: () => Date.now(),
      timer: () => () => {},
      random: () => 0,
      newId: () => crypto.randomUUID().replaceAll("-", ""),
      onFault: (where, fault) => faults.push(`${where}: ${(fault as Error).message}`),
    });
    const { vaultId, signer } = vault;
    const attestationKeyIds = [bindings.ATTESTATION_KEY_ID];
    const fetch = (url: string, init: RequestInit) => runtime.fetch(new Request(url, init));
    const client = createVaultClient(origin, { vaultId, signer, fetch, attestationKeyIds });
    return use({ runtime, client, faults });
  });
  // What the object itself remembers of its storage goes with it.
  await evictDurableObject(vault.stub);
  return result;
}

const stored = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, { storage: { sql } }) => ({
    dataKeys: sql.exec("SELECT version, kek_version FROM data_key").toArray(),
    secrets: sql.exec("SELECT data_key_version FROM secret").toArray(),
  }));

const both = { KEK: second, KEK_VERSION: "2", KEK_PREVIOUS: first };
const alone = { KEK: second, KEK_VERSION: "2" };
const reason = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);

test("a call moves the vault to the new KEK; the old one is then not needed", async () => {
  const vault = await claimedVault();
  await createSession(vault);
  const { vault: before } = await vault.client.vault.getVault({ name: vault.name });
  await deployed(vault, both, async ({ client, faults }) => {
    const { vault: record } = await client.vault.getVault({ name: vault.name });
    expect(record?.identityKeyId).toBe(before?.identityKeyId);
    const { ledgerEntries } = await client.vault.listLedgerEntries({ parent: vault.name });
    expect(ledgerEntries[0]).toMatchObject({
      kind: LedgerEntry_Kind.SECRETS_RESEALED,
      actor: "vault",
      subject: vault.name,
    });
    expect(faults).toEqual([]);
  });
  expect(await stored(vault)).toEqual({
    dataKeys: [{ version: 2, kek_version: 2 }],
    secrets: [{ data_key_version: 2 }, { data_key_version: 2 }],
  });
  await deployed(vault, alone, async ({ client }) => {
    expect(await reason(client.vault.getVault({ name: vault.name }))).toBe("ok");
    const { ledgerEntries } = await client.vault.listLedgerEntries({ parent: vault.name });
    expect(ledgerEntries).toHaveLength(3);
  });
});

test("the alarm moves a vault that nobody calls", async () => {
  const vault = await claimedVault();
  await deployed(vault, both, ({ runtime }) => runtime.alarm());
  expect((await stored(vault)).dataKeys).toEqual([{ version: 2, kek_version: 2 }]);
});

test("without its KEK a vault says so and changes nothing; with it again all is there", async () => {
  const vault = await claimedVault();
  await createSession(vault);
  const before = await stored(vault);
  const strange = { KEK: third, KEK_VERSION: "3", KEK_PREVIOUS: second };
  await deployed(vault, strange, async ({ client, runtime, faults }) => {
    const request = { name: vault.name, requestId: crypto.randomUUID(), reason: "x" };
    expect(await reason(client.vault.getVault({ name: vault.name }))).not.toBe("ok");
    expect(await reason(client.vault.freezeVault(request))).not.toBe("ok");
    expect(faults).toEqual(["keyring: sealed under KEK version 1; this deployment has 3, 2"]);
    const plain = await runtime.fetch(new Request(`${origin}/x`, { method: "POST" }));
    expect(plain.status).toBe(503);
    expect(await plain.text()).toContain("UNAVAILABLE");
    await runtime.alarm();
  });
  expect(await stored(vault)).toEqual(before);
  const alarmMs = await runInDurableObject(vault.stub, (_o, { storage }) => storage.getAlarm());
  expect(alarmMs).toBeGreaterThan(Date.now());
  await deployed(vault, both, async ({ client }) => {
    const { vault: record } = await client.vault.getVault({ name: vault.name });
    expect(record?.freeze).toBeUndefined();
    const { sessions } = await client.vault.listSessions({ parent: vault.name });
    expect(sessions).toHaveLength(1);
  });
});

test.each([
  ["a previous KEK of version 0", { KEK: second, KEK_VERSION: "1", KEK_PREVIOUS: first }],
  ["the same KEK twice", { KEK: second, KEK_VERSION: "2", KEK_PREVIOUS: second }],
  ["no version", { KEK: second, KEK_VERSION: "x" }],
])("a deployment with %s does not start", (_, keks) => {
  expect(() => settingsOf({ ...bindings, ...keks })).toThrow();
});

test("a KEK that could be read, or is too short, opens nothing", async () => {
  const readable = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, [
    "encrypt",
  ]);
  const kek = { ...bindings, KEK: readable as CryptoKey };
  await expect(settingsOf(kek).keks()).rejects.toThrow("extractable");
  await expect(settingsOf({ ...bindings, KEK: btoa("short") }).keks()).rejects.toThrow("32 bytes");
});
