/** Writes sessions for answers, with the revocations that are kept for them. */

import { readRevocation } from "../session/revocation-store.ts";
import type { Session } from "../session/session.ts";
import { readSession } from "../session/store.ts";
import { toSessionMessage } from "../session/wire.ts";
import type { Database } from "../storage/database.ts";
import type { Call } from "./call.ts";

/** A session's message. */
export function messageOf(db: Database, call: Call, session: Session) {
  return toSessionMessage(call.vaultId, session, readRevocation(db, session.sessionId));
}

/** The answer of a method that changed a session, in its transaction. */
export function answerOf(db: Database, call: Call, sessionId: string) {
  const session = readSession(db, sessionId);
  if (session === undefined) throw new Error("a session vanished within its transaction");
  return { session: messageOf(db, call, session) };
}
