/** What a thief of a vault's whole storage has. */
import { afterEach, expect, test, vi } from "vitest";
import {
  operatingVault,
  planned,
  startMs,
  submitted,
  target,
  vaultId,
} from "../../test/support/operating-vault.ts";
import type { Database } from "../storage/database.ts";
import { importKek, wrappingKey } from "./kek.ts";
import { readDataKey } from "./store.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Every value of every table: text as it is, bytes as latin-1 text. */
function dump(db: Database): string {
  const tables = db.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const values = tables
    .flatMap(({ name }) => db.all(`SELECT * FROM "${name}"`))
    .flatMap(Object.values);
  return values
    .map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value),
    )
    .join("\n");
}

/** How bytes could be written down. */
function spellings(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes);
  const hex = buffer.toString("hex");
  return [
    buffer.toString("latin1"),
    Buffer.from(bytes).reverse().toString("latin1"),
    hex,
    hex.toUpperCase(),
    BigInt(`0x${hex}`).toString(),
    buffer.toString("base64").replace(/=+$/, ""),
    buffer.toString("base64url"),
    JSON.stringify([...bytes]).slice(1, -1),
  ];
}

test("a dump of all tables holds no key in any spelling, before and after a signature", async () => {
  const secrets: Uint8Array[] = [];
  const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, "encrypt").mockImplementation((algorithm, key, data) => {
    secrets.push(new Uint8Array(data as ArrayBuffer).slice());
    return encrypt(algorithm, key, data);
  });
  const wrapKey = crypto.subtle.wrapKey.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, "wrapKey").mockImplementation(async (format, key, by, algorithm) => {
    secrets.push(new Uint8Array((await crypto.subtle.exportKey(format, key)) as ArrayBuffer));
    return wrapKey(format as "raw", key, by, algorithm);
  });
  const vault = await operatingVault({
    calls: [{ target, selectors: ["0x"] }],
    recipients: [target],
    assets: [{ asset: "eip155:1/slip44:60", maxPerOperation: "60" }],
  });
  const identity = await vault.keyring.prepareIdentity(vaultId, 1);
  vault.keyring.write(identity.prepared, startMs);
  planned(vault, "e1", startMs);
  expect(await submitted(vault, "e1", 5n, () => startMs)).toMatchObject({ value: "signed" });
  // The data key, the session key and the identity key with its seed.
  const [dataKey, session, pkcs8] = [...secrets].sort((a, b) => a.length - b.length);
  expect([dataKey?.length, session?.length, pkcs8?.length]).toEqual([32, 32, 48]);
  const kek = new Uint8Array(32).fill(7);
  const keys = [...secrets, kek, ...(pkcs8 === undefined ? [] : [pkcs8.slice(16)])];
  const whole = dump(vault.db);
  expect(whole).toContain("OPERATION_SIGNED");
  const found = keys.flatMap(spellings).filter((spelling) => whole.includes(spelling));
  expect(found).toEqual([]);
});

test("nothing in the dump opens the data key: not one of its own values, taken as a KEK", async () => {
  const vault = await operatingVault({});
  const stored = readDataKey(vault.db);
  if (stored === undefined) throw new Error("no data key");
  const label = new TextEncoder().encode(["metavault/dek/v1", vaultId, 1, 1].join("|"));
  const unwrapped = async (kek: Uint8Array<ArrayBuffer>) => {
    const wrapper = await wrappingKey(await importKek(kek), vaultId);
    const [iv, rest] = [stored.wrapped.slice(0, 12), stored.wrapped.slice(12)];
    const algorithm = { name: "AES-GCM", iv, additionalData: label };
    return crypto.subtle
      .unwrapKey("raw", rest, wrapper, algorithm, "AES-GCM", false, ["decrypt"])
      .then(
        () => true,
        () => false,
      );
  };
  const tables = vault.db.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table'",
  );
  const values = tables
    .flatMap(({ name }) => vault.db.all(`SELECT * FROM "${name}"`))
    .flatMap(Object.values)
    .map((value) =>
      value instanceof Uint8Array
        ? new Uint8Array(value)
        : new Uint8Array(new TextEncoder().encode(String(value))),
    );
  expect(values.length).toBeGreaterThan(20);
  const opened = await Promise.all(values.map(unwrapped));
  expect(opened).not.toContain(true);
  // The same attempt with the KEK itself works: the attempt is a fair one.
  expect(await unwrapped(new Uint8Array(32).fill(7))).toBe(true);
});
