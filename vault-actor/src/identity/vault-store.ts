/** Stores the vault's record and its authority. */
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import type { Authority, Member } from "./authority.ts";
import { type Freeze, isHaltedAt, type RootKind, type Vault } from "./vault.ts";

type VaultRow = {
  vault_id: string;
  root_kind: string;
  deploy_salt: string;
  identity_key_id: string;
  authority_epoch: number;
  authority_version: number;
  threshold: number;
  version: number;
  frozen_by: string | null;
  frozen_reason: string | null;
  frozen_ms: number | null;
  created_ms: number;
  claim_epoch: number;
  root_owner: string;
  deploy_passkey_id: string;
  root_code: string | null;
  provisional_ms: number | null;
  floor_ms: number;
  generation: number;
  restored_ms: number | null;
};

/** Whether the schema exists: the vault is claimed, or its claim is being written. */
export function hasSchema(db: Database): boolean {
  const row = db.one("SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'vault'");
  return row !== undefined;
}

/** Reads the vault. `undefined` before the claim. The schema must exist. */
export function readVault(db: Database): Vault | undefined {
  return remembered(db, "");
}

const remembered = remember((db): Vault | undefined => {
  const row = db.one<VaultRow>("SELECT * FROM vault");
  if (row === undefined) return undefined;
  return {
    vaultId: row.vault_id,
    rootKind: row.root_kind as RootKind,
    deploySalt: row.deploy_salt,
    deployPasskeyId: row.deploy_passkey_id,
    identityKeyId: row.identity_key_id,
    authorityEpoch: row.authority_epoch,
    version: row.version,
    freeze: freezeOf(row),
    createdMs: row.created_ms,
    claimEpoch: row.claim_epoch,
    rootOwner: row.root_owner,
    rootCode: row.root_code ?? undefined,
    provisionalMs: row.provisional_ms ?? undefined,
    floorMs: row.floor_ms,
    generation: row.generation,
    restoredMs: row.restored_ms ?? undefined,
  };
});

/** Writes the vault at its claim, with its first owner. */
export function insertVault(db: Database, vault: Vault, owner: Member): void {
  db.run(
    `INSERT INTO vault (id, vault_id, root_kind, deploy_salt, identity_key_id, authority_epoch,
      authority_version, threshold, version, created_ms, claim_epoch, root_owner, provisional_ms,
      floor_ms, generation, restored_ms, deploy_passkey_id, root_code)
     VALUES (1, ?, ?, ?, ?, ?, 1, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    vault.vaultId,
    vault.rootKind,
    vault.deploySalt,
    vault.identityKeyId,
    vault.authorityEpoch,
    vault.version,
    vault.createdMs,
    vault.claimEpoch,
    vault.rootOwner,
    vault.provisionalMs ?? null,
    vault.floorMs,
    vault.generation,
    vault.restoredMs ?? null,
    vault.deployPasskeyId,
    vault.rootCode ?? null,
  );
  insertMember(db, owner);
}

/** Writes the vault at a claim that takes it over: its one owner, and no member of before. */
export function supersedeVault(db: Database, vault: Vault, owner: Member): void {
  db.run(
    `UPDATE vault SET root_kind = ?, deploy_salt = ?, deploy_passkey_id = ?, identity_key_id = ?,
      authority_epoch = ?, authority_version = authority_version + 1, threshold = 1, version = ?,
      frozen_by = ?, frozen_reason = ?, frozen_ms = ?, created_ms = ?, claim_epoch = ?,
      root_owner = ?, root_code = ?, provisional_ms = ?`,
    vault.rootKind,
    vault.deploySalt,
    vault.deployPasskeyId,
    vault.identityKeyId,
    vault.authorityEpoch,
    vault.version,
    vault.freeze?.by ?? null,
    vault.freeze?.reason ?? null,
    vault.freeze?.atMs ?? null,
    vault.createdMs,
    vault.claimEpoch,
    vault.rootOwner,
    vault.rootCode ?? null,
    vault.provisionalMs ?? null,
  );
  db.run("DELETE FROM member");
  insertMember(db, owner);
}

/** Notes what the chain says of the root. Writes nothing when nothing changed. */
export function noteRoot(db: Database, owner: string, code: string): void {
  const known = readVault(db);
  if (known?.rootOwner === owner && known.rootCode === code) return;
  db.run("UPDATE vault SET root_owner = ?, root_code = ?", owner, code);
}

/**
 * Lets an Ethereum key's account that had no code have some: it must, to act by a permission
 * (EIP-7702). What is there at the next look is what is compared with from then on.
 */
export function expectCode(db: Database): void {
  db.run("UPDATE vault SET root_code = NULL WHERE root_kind = 'EOA' AND root_code = 'none'");
}

/** Counts a change of configuration. */
export function bumpVersion(db: Database): void {
  db.run("UPDATE vault SET version = version + 1");
}

/** Sets or lifts a freeze. */
export function writeFreeze(db: Database, freeze: Freeze | undefined): void {
  db.run(
    "UPDATE vault SET frozen_by = ?, frozen_reason = ?, frozen_ms = ?, version = version + 1",
    freeze?.by ?? null,
    freeze?.reason ?? null,
    freeze?.atMs ?? null,
  );
}

/** What a vault becomes when a restore of its storage is found out. */
export type Restored = {
  readonly authority: Authority;
  readonly claimEpoch: number;
  readonly generation: number;
  readonly floorMs: number;
  readonly atMs: number;
  readonly reason: string;
};

/** Freezes the vault after a restore, and puts its authority in place. A recovery that waits ends. */
export function writeRestored(db: Database, restored: Restored): void {
  const { authority, atMs } = restored;
  db.run(
    `UPDATE vault SET authority_epoch = ?, authority_version = ?, threshold = ?, claim_epoch = ?,
      generation = ?, floor_ms = max(floor_ms, ?), restored_ms = ?, frozen_by = 'vault',
      frozen_reason = ?, frozen_ms = ?, version = version + 1`,
    authority.epoch,
    authority.version,
    authority.threshold,
    restored.claimEpoch,
    restored.generation,
    restored.floorMs,
    atMs,
    restored.reason,
    atMs,
  );
  db.run("DELETE FROM member");
  for (const { id, kind, role } of authority.members) {
    db.run("INSERT INTO member (member_id, kind, role) VALUES (?, ?, ?)", id, kind, role);
  }
  db.run("DELETE FROM recovery");
}

/** Notes that the vault has been compared with the chain. */
export function clearRestored(db: Database): void {
  db.run("UPDATE vault SET restored_ms = NULL");
}

/** Whether the vault may not act now: it is frozen, or its claim is provisional. */
export function isHalted(db: Database, nowMs: number): boolean {
  const vault = readVault(db);
  return vault !== undefined && isHaltedAt(vault, nowMs);
}

/** Reads who may loosen the vault's rules. */
export function readAuthority(db: Database): Authority {
  const row = db.one<VaultRow>("SELECT * FROM vault");
  const members = db.all<{ member_id: string; kind: string; role: string }>(
    "SELECT member_id, kind, role FROM member ORDER BY member_id",
  );
  return {
    members: members.map((member) => ({
      id: member.member_id,
      kind: member.kind as Member["kind"],
      role: member.role as Member["role"],
    })),
    threshold: row?.threshold ?? 1,
    epoch: row?.authority_epoch ?? 0,
    version: row?.authority_version ?? 0,
  };
}

/** Puts other members in force: the epoch and the authority's version grow. */
export function writeAuthority(db: Database, members: readonly Member[], threshold: number): void {
  db.run("DELETE FROM member");
  for (const member of members) insertMember(db, member);
  db.run(
    `UPDATE vault SET threshold = ?, authority_epoch = authority_epoch + 1,
      authority_version = authority_version + 1, version = version + 1`,
    threshold,
  );
}

function insertMember(db: Database, member: Member): void {
  db.run(
    "INSERT INTO member (member_id, kind, role) VALUES (?, ?, ?)",
    member.id,
    member.kind,
    member.role,
  );
}

function freezeOf(row: VaultRow): Freeze | undefined {
  if (row.frozen_ms === null) return undefined;
  return { by: row.frozen_by ?? "", reason: row.frozen_reason ?? "", atMs: row.frozen_ms };
}
