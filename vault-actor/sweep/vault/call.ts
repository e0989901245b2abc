/** A verified call, as the front door hands it to a method. */
import { commitCall } from "../../src/identity/commit.ts";
import type { Call } from "../../src/service/call.ts";
import type { Database } from "../../src/storage/database.ts";
import { keyId, vaultId } from "./base.ts";

/** The call of a request. A repeated request has its request id again, and a nonce of its own. */
export function callOf(db: Database, nowMs: number, requestId: string, nonce: string): Call {
  const admission = {
    keyId,
    nonce,
    nonceUntilMs: nowMs + 120_000,
    nowMs,
    standsFor: requestId,
    byOwners: false,
  };
  return {
    vaultId,
    nowMs,
    keyId,
    holdsScope: true,
    proofSignature: new Uint8Array(64),
    consume: () => undefined,
    commit: (id, answer, change) =>
      db.transaction(() => commitCall(db, admission, id, answer, change)),
  };
}
