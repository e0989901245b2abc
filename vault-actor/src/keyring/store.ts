/** Stores wrapped data keys and sealed secrets. No plaintext passes here. */
import type { Database } from "../storage/database.ts";
import type { WrappedDataKey } from "./data-key.ts";

/** A sealed secret as it is stored. */
export type SealedSecret = {
  readonly secretId: string;
  readonly purpose: "session" | "identity";
  readonly dataKeyVersion: number;
  readonly epoch: number;
  readonly sealed: Uint8Array<ArrayBuffer>;
};

type DataKeyRow = { version: number; kek_version: number; wrapped: Uint8Array<ArrayBuffer> };
type SecretRow = {
  secret_id: string;
  purpose: string;
  data_key_version: number;
  epoch: number;
  sealed: Uint8Array<ArrayBuffer>;
};

/** Reads the newest data key, or the one of a version. */
export function readDataKey(db: Database, version?: number): WrappedDataKey | undefined {
  const row = db.one<DataKeyRow>(
    "SELECT * FROM data_key WHERE ?1 IS NULL OR version = ?1 ORDER BY version DESC LIMIT 1",
    version ?? null,
  );
  if (row === undefined) return undefined;
  return { version: row.version, kekVersion: row.kek_version, wrapped: row.wrapped };
}

/** Writes a data key. */
export function insertDataKey(db: Database, key: WrappedDataKey): void {
  db.run(
    "INSERT INTO data_key (version, kek_version, wrapped) VALUES (?, ?, ?)",
    key.version,
    key.kekVersion,
    key.wrapped,
  );
}

/** Deletes every data key before a version. No secret may be sealed under one any more. */
export function deleteDataKeysBefore(db: Database, version: number): void {
  db.run("DELETE FROM data_key WHERE version < ?", version);
}

/** Reads a sealed secret. */
export function readSecret(db: Database, secretId: string): SealedSecret | undefined {
  const row = db.one<SecretRow>("SELECT * FROM secret WHERE secret_id = ?", secretId);
  return row === undefined ? undefined : toSecret(row);
}

/** Reads all sealed secrets. */
export function allSecrets(db: Database): readonly SealedSecret[] {
  return db.all<SecretRow>("SELECT * FROM secret ORDER BY secret_id").map(toSecret);
}

/** Deletes every sealed secret. */
export function deleteSecrets(db: Database): void {
  db.run("DELETE FROM secret");
}

/** Writes a sealed secret. */
export function insertSecret(db: Database, secret: SealedSecret, nowMs: number): void {
  db.run(
    `INSERT INTO secret (secret_id, purpose, data_key_version, epoch, sealed, created_ms)
     VALUES (?, ?, ?, ?, ?, ?)`,
    secret.secretId,
    secret.purpose,
    secret.dataKeyVersion,
    secret.epoch,
    secret.sealed,
    nowMs,
  );
}

/** Replaces the sealed form of a secret. */
export function replaceSealed(db: Database, secret: SealedSecret): void {
  db.run(
    "UPDATE secret SET data_key_version = ?, sealed = ? WHERE secret_id = ?",
    secret.dataKeyVersion,
    secret.sealed,
    secret.secretId,
  );
}

/** Deletes a secret. */
export function deleteSecret(db: Database, secretId: string): void {
  db.run("DELETE FROM secret WHERE secret_id = ?", secretId);
}

function toSecret(row: SecretRow): SealedSecret {
  return {
    secretId: row.secret_id,
    purpose: row.purpose as SealedSecret["purpose"],
    dataKeyVersion: row.data_key_version,
    epoch: row.epoch,
    sealed: row.sealed,
  };
}
