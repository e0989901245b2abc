/** Revokes a session in the caller's transaction, and starts its end on chain. */
import { childName } from "#protocol/names";
import { bumpVersion } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { wantRevocation } from "../session/revocation-store.ts";
import type { Session } from "../session/session.ts";
import { revokeSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import type { Call } from "./call.ts";

/** What revoking needs. */
export type RevokeDeps = {
  readonly db: Database;
  readonly keyring: { readonly forget: (sessionId: string) => void };
  readonly scheduler: Pick<Scheduler, "put">;
};

/**
 * Revokes a session. A repeat changes nothing but that a stored revocation is wanted. Where the
 * owner stored one it is sent; in any case the chain is watched until it shows the end.
 */
export function revoke({ db, keyring, scheduler }: RevokeDeps, call: Call, session: Session): void {
  const { sessionId, state, permission, disabledMs } = session;
  if (state !== "REVOKED") {
    revokeSession(db, sessionId);
    // What it signed is sent as it is stored, so nothing needs its key any more.
    keyring.forget(sessionId);
    bumpVersion(db);
    const subject = childName(call.vaultId, "sessions", sessionId);
    append(db, call.nowMs, { kind: "SESSION_REVOKED", actor: call.keyId, subject, facts: {} });
  }
  if (permission === undefined || disabledMs !== undefined) return;
  wantRevocation(db, sessionId, call.nowMs);
  scheduler.put({ kind: "session", ref: sessionId, dueMs: call.nowMs });
}
