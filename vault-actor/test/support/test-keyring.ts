/** A keyring over a database in memory, with KEKs that a test chooses. */

import { importKek, type Keks } from "../../src/keyring/kek.ts";
import { createKeyring } from "../../src/keyring/keyring.ts";
import type { Database } from "../../src/storage/database.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { nodeDatabase } from "./node-database.ts";

export const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";

/** Who the vault is, as its session keys attest. */
export const identity = { vaultId, claimEpoch: 1, identityKeyId: "ed25519:none" };

/** KEKs of these versions; each version has its own bytes. The last is the current one. */
export async function keksOf(...versions: readonly number[]): Promise<Keks> {
  const keys = await Promise.all(
    versions.map(async (v) => [v, await importKek(new Uint8Array(32).fill(v))] as const),
  );
  return { current: versions.at(-1) ?? 0, byVersion: new Map(keys) };
}

/** A database with the schema and nothing in it. */
export function emptyDatabase(): Database {
  const db = nodeDatabase();
  migrate(db);
  return db;
}

/** The keyring of a vault. */
export function keyringOf(db: Database, versions: readonly number[] = [1], id = vaultId) {
  const keks = () => keksOf(...versions);
  return createKeyring({ db, vaultId: () => id, keks, claimed: () => true });
}

/** A vault with an identity key and a session key for each name. */
export async function sealedVault(...sessions: readonly string[]) {
  const db = emptyDatabase();
  const keyring = keyringOf(db);
  const { prepared, publicKey } = await keyring.prepareIdentity(vaultId, 1);
  keyring.write(prepared, 0);
  for (const name of sessions) {
    const made = await keyring.prepareSession(`session:${name}`, 1, identity);
    keyring.write(made.prepared, 0);
  }
  return { db, publicKey };
}

/** Whether the identity key that a database holds opens with KEKs of these versions. */
export async function opens(db: Database, ...versions: readonly number[]): Promise<boolean> {
  return keyringOf(db, versions)
    .identity()
    .then(
      () => true,
      () => false,
    );
}
