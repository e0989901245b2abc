import { afterEach, describe, expect, test, vi } from "vitest";
import {
  emptyDatabase,
  identity,
  keksOf,
  keyringOf,
  opens,
  sealedVault,
  vaultId,
} from "../../test/support/test-keyring.ts";
import type { Database } from "../storage/database.ts";
import { unwrapDataKey } from "./data-key.ts";
import { rotateDataKey } from "./rotate-data-key.ts";
import { open } from "./seal.ts";
import { allSecrets, deleteSecret, readDataKey } from "./store.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const rotate = async (db: Database, ...versions: readonly number[]) =>
  rotateDataKey({ db, vaultId, keks: await keksOf(...versions), now: () => 7 });

const versionsOf = (db: Database) =>
  db.all("SELECT version, kek_version FROM data_key").map((row) => Object.values(row));

const ledgerOf = (db: Database) =>
  db.all<{ kind: string; facts: string }>("SELECT kind, facts FROM ledger");

/** The bytes of every secret, opened with KEKs of these versions. */
async function contents(db: Database, ...versions: readonly number[]) {
  const keks = await keksOf(...versions);
  const entries = allSecrets(db).map(
    async ({ secretId, purpose, epoch, sealed, dataKeyVersion }) => {
      const stored = readDataKey(db, dataKeyVersion);
      if (stored === undefined) throw new Error(`${secretId} has no data key`);
      const key = await unwrapDataKey(keks, vaultId, stored);
      return [secretId, (await open(key, { vaultId, secretId, purpose, epoch }, sealed)).join()];
    },
  );
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

describe("moving to the next KEK", () => {
  test("with both versions live every secret is sealed again; then the old one is not needed", async () => {
    const { db } = await sealedVault("a", "b");
    const before = await contents(db, 1);
    const sealed = allSecrets(db).map((secret) => secret.sealed.join());
    expect(await opens(db, 1, 2)).toBe(true);
    expect(await opens(db, 2)).toBe(false);
    expect(await rotate(db, 1, 2)).toBe(true);
    expect(versionsOf(db)).toEqual([[2, 2]]);
    expect(await contents(db, 2)).toEqual(before);
    expect(allSecrets(db).some((secret) => sealed.includes(secret.sealed.join()))).toBe(false);
    expect(await opens(db, 1)).toBe(false);
    expect(await opens(db, 2, 3)).toBe(true);
    expect(ledgerOf(db)).toEqual([
      {
        kind: "SECRETS_RESEALED",
        facts: '{"data_key":"2","kek":"2","replaces_kek":"1","secrets":"3"}',
      },
    ]);
  });

  test("it happens once, and again for the version after", async () => {
    const { db } = await sealedVault("a");
    const before = await contents(db, 1);
    expect(await rotate(db, 1, 2)).toBe(true);
    expect(await rotate(db, 1, 2)).toBe(false);
    expect(await rotate(db, 2, 3)).toBe(true);
    expect(versionsOf(db)).toEqual([[3, 3]]);
    expect(await contents(db, 3)).toEqual(before);
    expect(ledgerOf(db)).toHaveLength(2);
  });

  test("a vault that is wrapped under neither version stays as it is", async () => {
    const { db } = await sealedVault("a");
    const before = await contents(db, 1);
    await expect(rotate(db, 2, 3)).rejects.toThrow(
      "sealed under KEK version 1; this deployment has 2, 3",
    );
    expect(await contents(db, 1)).toEqual(before);
    expect(ledgerOf(db)).toEqual([]);
  });

  test("a KEK of the right version and other bytes changes nothing", async () => {
    const { db } = await sealedVault("a");
    const before = await contents(db, 1);
    const keks = await keksOf(1, 2);
    const wrong = (await keksOf(9)).byVersion.get(9) as CryptoKey;
    const mixed = { current: 2, byVersion: new Map([...keks.byVersion, [1, wrong]]) };
    await expect(rotateDataKey({ db, vaultId, keks: mixed, now: () => 7 })).rejects.toThrow();
    expect(await contents(db, 1)).toEqual(before);
  });

  test("one secret that does not open keeps all of them under the old key", async () => {
    const { db } = await sealedVault("a", "b");
    db.run("UPDATE secret SET epoch = 5 WHERE secret_id = 'session:b'");
    await expect(rotate(db, 1, 2)).rejects.toThrow();
    expect(versionsOf(db)).toEqual([[1, 1]]);
    expect(await opens(db, 1)).toBe(true);
    expect(ledgerOf(db)).toEqual([]);
  });

  test("two rotations at once leave one data key and one entry", async () => {
    const { db } = await sealedVault("a");
    const before = await contents(db, 1);
    const done = await Promise.all([rotate(db, 1, 2), rotate(db, 1, 2), rotate(db, 1, 2)]);
    expect(done.filter(Boolean)).toHaveLength(1);
    expect(await contents(db, 2)).toEqual(before);
    expect(ledgerOf(db)).toHaveLength(1);
  });

  test("a key that is written meanwhile is sealed again too, and one that is deleted stays so", async () => {
    const { db } = await sealedVault("a", "b");
    const { prepared } = await keyringOf(db).prepareSession("session:c", 1, identity);
    const before = await contents(db, 1);
    const wrapKey = crypto.subtle.wrapKey.bind(crypto.subtle);
    let calls = 0;
    vi.spyOn(crypto.subtle, "wrapKey").mockImplementation((format, key, by, algorithm) => {
      calls += 1;
      if (calls === 2) deleteSecret(db, "session:a");
      if (calls === 3) keyringOf(db).write(prepared, 0);
      return wrapKey(format as "raw", key, by, algorithm);
    });
    expect(await rotate(db, 1, 2)).toBe(true);
    vi.restoreAllMocks();
    const after = await contents(db, 2);
    expect(Object.keys(after).sort()).toEqual(["identity", "session:b", "session:c"]);
    expect(after["session:b"]).toBe(before["session:b"]);
  });

  test("a key that was prepared before is not written after: its data key is gone", async () => {
    const { db } = await sealedVault();
    const keyring = keyringOf(db);
    const { prepared } = await keyring.prepareSession("session:a", 1, identity);
    expect(keyring.isCurrent(prepared)).toBe(true);
    await rotate(db, 1, 2);
    expect(keyring.isCurrent(prepared)).toBe(false);
    expect(() => keyring.write(prepared, 0)).toThrow("data key");
    expect(allSecrets(db)).toHaveLength(1);
  });

  test("an empty vault has nothing to move", async () => {
    expect(await rotate(emptyDatabase(), 1, 2)).toBe(false);
  });
});

describe("a crash during the move", () => {
  const crash = new Error("crash");

  test("at any write leaves the old state whole, and the next try finishes", async () => {
    for (let at = 1; ; at++) {
      const { db } = await sealedVault("a", "b");
      const before = await contents(db, 1);
      let writes = 0;
      const dying: Database = {
        all: db.all,
        one: db.one,
        get generation() {
          return db.generation;
        },
        rollbacks: 0,
        rows: db.rows,
        run: (sql, ...parameters) => {
          writes += 1;
          if (writes === at) throw crash;
          return db.run(sql, ...parameters);
        },
        transaction: (body) => db.transaction(body),
      };
      const outcome = await rotate(dying, 1, 2).catch((fault: unknown) => fault);
      if (outcome !== crash) {
        // The move is longer than one write, and every one of them was tried.
        expect(at).toBe(7);
        break;
      }
      expect(versionsOf(db)).toEqual([[1, 1]]);
      expect(await contents(db, 1)).toEqual(before);
      expect(ledgerOf(db)).toEqual([]);
      expect(await rotate(db, 1, 2)).toBe(true);
      expect(await contents(db, 2)).toEqual(before);
    }
  });

  test.each(["generateKey", "wrapKey", "unwrapKey", "deriveKey"] as const)(
    "at any %s leaves the old state whole",
    async (step) => {
      let at = 0;
      for (;;) {
        at += 1;
        const { db } = await sealedVault("a", "b");
        const before = await contents(db, 1);
        const real = crypto.subtle[step].bind(crypto.subtle) as (...of: unknown[]) => unknown;
        let calls = 0;
        const spy = vi.spyOn(crypto.subtle, step as "deriveKey");
        spy.mockImplementation((...of: unknown[]) => {
          calls += 1;
          return (calls === at ? Promise.reject(crash) : real(...of)) as Promise<CryptoKey>;
        });
        const outcome = await rotate(db, 1, 2).catch((fault: unknown) => fault);
        spy.mockRestore();
        if (outcome !== crash) break;
        expect(versionsOf(db)).toEqual([[1, 1]]);
        expect(await contents(db, 1)).toEqual(before);
      }
      expect(at).toBeGreaterThan(1);
    },
  );
});
