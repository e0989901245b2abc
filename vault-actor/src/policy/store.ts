/** Stores the policy in force. */
import { create } from "@bufbuild/protobuf";
import { type Policy as PolicyMessage, PolicySchema } from "#gen/vault/v1/policy";
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import { denyAll, type Policy } from "./policy.ts";
import { decodePolicy, encodePolicy, fromPolicy } from "./wire.ts";

type PolicyRow = { version: number; body: Uint8Array<ArrayBuffer> };

/** The last policy that was read, for other writes than that of a policy leave it as it is. */
const understood = new WeakMap<Database, PolicyRow & { readonly policy: Policy }>();

/** Reads the policy in force. Before the first it denies everything. */
export function readPolicy(db: Database): Policy {
  return remembered(db, "");
}

const remembered = remember((db): Policy => {
  const row = db.one<PolicyRow>("SELECT version, body FROM policy");
  if (row === undefined) return denyAll;
  const known = understood.get(db);
  if (known?.version === row.version && isSame(known.body, row.body)) return known.policy;
  const read = fromPolicy(decodePolicy(row.body), row.version);
  // A stored policy was accepted once; one that is not understood any more allows nothing.
  const policy = read.ok ? read.value : { ...denyAll, version: row.version };
  understood.set(db, { ...row, policy });
  return policy;
});

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Reads the policy in force as its message. */
export function readPolicyMessage(db: Database): PolicyMessage {
  const row = db.one<PolicyRow>("SELECT version, body FROM policy");
  return row === undefined ? create(PolicySchema) : decodePolicy(row.body);
}

/** Removes the policy: everything is denied. */
export function deletePolicy(db: Database): void {
  db.run("DELETE FROM policy");
}

/** Replaces the policy. */
export function writePolicy(
  db: Database,
  message: PolicyMessage,
  version: number,
  nowMs: number,
): void {
  db.run(
    `INSERT INTO policy (id, version, body, updated_ms) VALUES (1, ?1, ?2, ?3)
     ON CONFLICT (id) DO UPDATE SET version = ?1, body = ?2, updated_ms = ?3`,
    version,
    encodePolicy(message),
    nowMs,
  );
}
