/**
 * Moves a vault from one KEK to the next: a new data key, and every secret sealed again.
 *
 * What awaits writes nothing. Then one transaction looks whether anything moved meanwhile and
 * writes all of it, so that a crash anywhere leaves either the old state or the new one, each
 * whole.
 */
import { bytesToHex } from "viem";
import { vaultName } from "#protocol/names";
import { append } from "../ledger/store.ts";
import type { Database } from "../storage/database.ts";
import { createDataKey, unwrapDataKey, type WrappedDataKey } from "./data-key.ts";
import type { Keks } from "./kek.ts";
import { reseal } from "./seal.ts";
import {
  allSecrets,
  deleteDataKeysBefore,
  insertDataKey,
  readDataKey,
  replaceSealed,
  type SealedSecret,
} from "./store.ts";

/** What a rotation needs. */
export type RotationDeps = {
  readonly db: Database;
  readonly vaultId: string;
  readonly keks: Keks;
  readonly now: () => number;
};

/** Whether the vault's data key is wrapped under another KEK than the current one. */
export function isOutdated(db: Database, keks: Keks): boolean {
  const stored = readDataKey(db);
  return stored !== undefined && stored.kekVersion !== keks.current;
}

/**
 * Seals everything again under the current KEK. False when there is nothing to do. Throws,
 * with nothing written, when a secret does not open.
 */
export async function rotateDataKey(deps: RotationDeps): Promise<boolean> {
  const { db, vaultId, keks } = deps;
  const old = readDataKey(db);
  if (old === undefined || old.kekVersion === keks.current) return false;
  const from = await unwrapDataKey(keks, vaultId, old);
  const next = await createDataKey(keks, vaultId, old.version + 1);
  const resealed: Resealed = new Map();
  for (;;) {
    for (const secret of missing(db, resealed)) {
      const { secretId, purpose, epoch } = secret;
      const label = { vaultId, secretId, purpose, epoch };
      const sealed = await reseal(from, next.key, label, secret.sealed);
      resealed.set(formOf(secret), { ...secret, dataKeyVersion: next.stored.version, sealed });
    }
    const outcome = db.transaction(() => replaceAll(deps, old, next.stored, resealed));
    if (outcome !== "again") return outcome === "done";
  }
}

/** What each secret's old form was sealed into. */
type Resealed = Map<string, SealedSecret>;

function formOf({ secretId, sealed }: SealedSecret): string {
  return `${secretId} ${bytesToHex(sealed)}`;
}

/** The secrets as they are now that are not sealed again yet. */
function missing(db: Database, resealed: Resealed): readonly SealedSecret[] {
  return allSecrets(db).filter((secret) => !resealed.has(formOf(secret)));
}

function replaceAll(
  { db, vaultId, now }: RotationDeps,
  old: WrappedDataKey,
  next: WrappedDataKey,
  resealed: Resealed,
): "done" | "again" | "superseded" {
  // Somebody else rotated meanwhile.
  if (readDataKey(db)?.version !== old.version) return "superseded";
  // A secret that was written meanwhile is sealed again too; one that was deleted stays so.
  if (missing(db, resealed).length > 0) return "again";
  const secrets = allSecrets(db);
  insertDataKey(db, next);
  for (const secret of secrets) {
    const after = resealed.get(formOf(secret));
    if (after !== undefined) replaceSealed(db, after);
  }
  deleteDataKeysBefore(db, next.version);
  append(db, now(), {
    kind: "SECRETS_RESEALED",
    actor: "vault",
    subject: vaultName(vaultId),
    facts: {
      data_key: String(next.version),
      kek: String(next.kekVersion),
      replaces_kek: String(old.kekVersion),
      secrets: String(secrets.length),
    },
  });
  return "done";
}
