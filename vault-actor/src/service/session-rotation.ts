/** Has one session take over from another, as InstallSession's `replaces` asks. */
import type { InstallSessionRequest } from "#gen/vault/v1/session_messages";
import { sessionRotateAct } from "#protocol/acts/session-rotate";
import { sessionInstallAct } from "#protocol/acts/vault-acts";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { KeyMaker } from "../keyring/keyring.ts";
import { append } from "../ledger/store.ts";
import type { Session } from "../session/session.ts";
import { readSession, revokeSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import type { Call } from "./call.ts";
import { notFound, ownName } from "./context.ts";

type Replacing = Pick<InstallSessionRequest, "name" | "replaces">;

/** The session that `session` takes over from; `undefined` when it takes over from none. */
export function replacedBy(
  db: Database,
  call: Call,
  request: Replacing,
  session: Session,
): Result<Session | undefined, Failure> {
  const { name, replaces } = request;
  if (replaces === "") return ok(undefined);
  const field = "replaces";
  const replaced = readSession(db, ownName(call, replaces, field));
  if (replaces === name) {
    return refuse("FIELD_INVALID", "replaces: must be another session", { field, rule: "other" });
  }
  if (replaced === undefined) return notFound(replaces);
  if (replaced.chainId === session.chainId) return ok(replaced);
  const detail = "replaces: must be a session of the same chain";
  return refuse("FIELD_INVALID", detail, { field, rule: "chain" });
}

/** The act that the owners consent to: an install, or a rotation. */
export function installActOf(
  replaced: Session | undefined,
  request: Replacing,
): typeof sessionInstallAct {
  if (replaced === undefined) return sessionInstallAct;
  const old = { name: request.replaces, keyAddress: replaced.keyAddress };
  return (vaultId, session, permission, consent) =>
    sessionRotateAct(vaultId, session, old, permission, consent);
}

/** Revokes the session that was taken over from, in the commit that installs its successor. */
export function retire(
  { db, keyring }: { readonly db: Database; readonly keyring: KeyMaker },
  call: Call,
  request: Replacing,
  replaced: Session,
): Result<void, Failure> {
  const { state } = replaced;
  if (state !== "ACTIVE") {
    return refuse("STATE_REFUSED", "only an active session can be replaced", { state });
  }
  revokeSession(db, replaced.sessionId);
  // What it signed is sent as it is stored, so nothing needs its key any more.
  keyring.forget(replaced.sessionId);
  append(db, call.nowMs, {
    kind: "SESSION_REVOKED",
    actor: call.keyId,
    subject: request.replaces,
    facts: { replaced_by: request.name },
  });
  return ok(undefined);
}
