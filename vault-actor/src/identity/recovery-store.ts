/** Stores the recovery that waits. There is at most one. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { RecoverAuthorityRequestSchema } from "#gen/vault/v1/authority_messages";
import type { Database } from "../storage/database.ts";
import type { Recovery } from "./recovery.ts";

type RecoveryRow = {
  request: Uint8Array<ArrayBuffer>;
  proposed_ms: number;
  effective_ms: number;
};

/** Reads the recovery that waits. `undefined` when none does. */
export function readRecovery(db: Database): Recovery | undefined {
  const row = db.one<RecoveryRow>("SELECT request, proposed_ms, effective_ms FROM recovery");
  if (row === undefined) return undefined;
  return {
    request: fromBinary(RecoverAuthorityRequestSchema, row.request),
    proposedMs: row.proposed_ms,
    effectiveMs: row.effective_ms,
  };
}

/** Writes a recovery, in the place of another that waits. */
export function writeRecovery(db: Database, recovery: Recovery): void {
  db.run(
    `INSERT INTO recovery (id, request, proposed_ms, effective_ms) VALUES (1, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET request = excluded.request,
       proposed_ms = excluded.proposed_ms, effective_ms = excluded.effective_ms`,
    new Uint8Array(toBinary(RecoverAuthorityRequestSchema, recovery.request)),
    recovery.proposedMs,
    recovery.effectiveMs,
  );
}

/** Removes the recovery that waits, if one does. */
export function deleteRecovery(db: Database): void {
  db.run("DELETE FROM recovery");
}
