import { afterEach, describe, expect, test, vi } from "vitest";
import {
  emptyDatabase,
  identity,
  keksOf,
  keyringOf,
  sealedVault,
  vaultId,
} from "../../test/support/test-keyring.ts";
import type { Database } from "../storage/database.ts";
import { unwrapDataKey } from "./data-key.ts";
import { open, type SealLabel } from "./seal.ts";
import { readDataKey, readSecret } from "./store.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Opens the secret of a session as whoever holds the KEK could. */
async function openedBytes(db: Database, secretId: string, change: Partial<SealLabel> = {}) {
  const [dataKey, secret] = [readDataKey(db), readSecret(db, secretId)];
  if (dataKey === undefined || secret === undefined) throw new Error("not stored");
  const key = await unwrapDataKey(await keksOf(1), vaultId, dataKey);
  const { purpose, epoch } = secret;
  return open(key, { vaultId, secretId, purpose, epoch, ...change }, secret.sealed);
}

const refused = (opening: Promise<unknown>) =>
  opening.then(
    () => "opened",
    (fault: Error) => fault.name,
  );

describe("the keyring", () => {
  test("has no way to sign a digest and no way to take a key out", () => {
    expect(Object.keys(keyringOf(emptyDatabase())).sort()).toEqual([
      "destroy",
      "forget",
      "holds",
      "identity",
      "isCurrent",
      "prepareIdentity",
      "prepareSession",
      "withSession",
      "write",
    ]);
  });

  test("the identity key signs and can't be read", async () => {
    const { db, publicKey } = await sealedVault();
    const key = await keyringOf(db).identity();
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("pkcs8", key)).rejects.toThrow();
    const message = new Uint8Array([1, 2, 3]);
    const signature = await crypto.subtle.sign("Ed25519", key, message);
    const verifier = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    expect(await crypto.subtle.verify("Ed25519", verifier, signature, message)).toBe(true);
  });

  test.each<[string, Partial<SealLabel>]>([
    ["another vault", { vaultId: "eip155:1:0x0000000000000000000000000000000000000001" }],
    ["another name", { secretId: "session:b" }],
    ["another purpose", { purpose: "identity" }],
    ["another epoch", { epoch: 2 }],
  ])("a sealed key does not open as one of %s", async (_, change) => {
    const { db } = await sealedVault("a");
    expect((await openedBytes(db, "session:a")).length).toBe(32);
    expect(await refused(openedBytes(db, "session:a", change))).toBe("OperationError");
  });

  test.each<[string, (db: Database) => void]>([
    [
      "a secret was moved to another's place",
      (db) =>
        db.run(
          `UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE secret_id = 'session:b')
           WHERE secret_id = 'session:a'`,
        ),
    ],
    ["its epoch was altered", (db) => db.run("UPDATE secret SET epoch = 2")],
    [
      "one bit was altered",
      (db) => {
        const sealed = readSecret(db, "session:a")?.sealed ?? new Uint8Array();
        sealed[20] = (sealed[20] ?? 0) ^ 1;
        db.run("UPDATE secret SET sealed = ? WHERE secret_id = 'session:a'", sealed);
      },
    ],
  ])("a stored key does not open when %s", async (_, alter) => {
    const { db } = await sealedVault("a", "b");
    alter(db);
    expect(await refused(openedBytes(db, "session:a"))).toBe("OperationError");
  });

  test("what one vault stores opens in no other, with the same KEK", async () => {
    const { db } = await sealedVault("a");
    const other = "eip155:1:0x0000000000000000000000000000000000000001";
    expect(await refused(keyringOf(db, [1], other).identity())).toBe("OperationError");
    // Its data key alone, taken along with the secrets, does not help either.
    const thief = await sealedVault("a");
    thief.db.run("DELETE FROM data_key");
    thief.db.run("DELETE FROM secret");
    for (const row of db.all("SELECT * FROM data_key")) {
      thief.db.run("INSERT INTO data_key VALUES (?, ?, ?)", ...Object.values(row));
    }
    for (const row of db.all("SELECT * FROM secret")) {
      thief.db.run("INSERT INTO secret VALUES (?, ?, ?, ?, ?, ?)", ...Object.values(row));
    }
    expect(await refused(keyringOf(thief.db, [1], other).identity())).toBe("OperationError");
  });

  test("a data key that claims another version of itself or of the KEK does not open", async () => {
    const { db } = await sealedVault();
    db.run("UPDATE data_key SET version = 2");
    db.run("UPDATE secret SET data_key_version = 2");
    expect(await refused(keyringOf(db).identity())).toBe("OperationError");
    db.run("UPDATE data_key SET version = 1, kek_version = 2");
    db.run("UPDATE secret SET data_key_version = 1");
    expect(await refused(keyringOf(db, [1, 2]).identity())).toBe("OperationError");
  });

  test.each([
    ["when it is sealed", undefined],
    ["when sealing fails", new Error("no")],
  ])("a new session key's bytes are wiped %s", async (_, failure) => {
    const { db } = await sealedVault();
    const encrypt = vi.spyOn(crypto.subtle, "encrypt");
    if (failure !== undefined) encrypt.mockRejectedValue(failure);
    const made = keyringOf(db).prepareSession("session:a", 1, identity);
    expect(await refused(made)).toBe(failure === undefined ? "opened" : "Error");
    const bytes = encrypt.mock.calls[0]?.[2] as Uint8Array;
    expect(bytes.length).toBe(32);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  test("a key is not written over, nor under a data key that is not the vault's", async () => {
    const { db } = await sealedVault("a");
    const keyring = keyringOf(db);
    const { prepared } = await keyring.prepareSession("session:a", 1, identity);
    expect(() => keyring.write(prepared, 0)).toThrow();
    const first = await keyringOf(emptyDatabase()).prepareIdentity(vaultId, 1);
    expect(keyring.isCurrent(first.prepared)).toBe(false);
    expect(() => keyring.write(first.prepared, 0)).toThrow("data key");
  });

  test("a forgotten key is gone", async () => {
    const { db } = await sealedVault("a");
    keyringOf(db).forget("a");
    expect(readSecret(db, "session:a")).toBeUndefined();
    expect(readSecret(db, "identity")).toBeDefined();
  });
});
