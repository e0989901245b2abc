/** Stores the policy in force. */
import { create } from "@bufbuild/protobuf";
import { type Policy as PolicyMessage, PolicySchema } from "#gen/vault/v1/policy";
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import { denyAll, type Policy } from "./policy.ts";
import { decodePolicy, encodePolicy, fromPolicy } from "./wire.ts";

type PolicyRow = { version: number; body: Uint8Array<ArrayBuffer> };

/** Reads the policy in force. Before the first it denies everything. */
export function readPolicy(db: Database): Policy {
  return remembered(db, "");
}

const remembered = remember((db): Policy => {
  const row = db.one<PolicyRow>("SELECT version, body FROM policy");
  if (row === undefined) return denyAll;
  const policy = fromPolicy(decodePolicy(row.body), row.version);
  // A stored policy was accepted once; one that is not understood any more allows nothing.
  return policy.ok ? policy.value : { ...denyAll, version: row.version };
});

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
