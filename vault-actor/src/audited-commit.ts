/**
 * Makes the change of one call so that the ledger proves who asked for it.
 *
 * What a change appends is tied to the call's proof; a change that appends nothing is written
 * down as accepted. Where a method says so, its refusal is written down as well, by itself: that
 * uses the call's nonce, so nobody on the way can have it written twice, and the key's own rate.
 */
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Failure } from "#protocol/failure";
import type { CallProof } from "#protocol/ledger/call-proof";
import { vaultName } from "#protocol/names";
import type { Result } from "#protocol/result";
import { type Admission, admitCall, commitCall } from "./identity/commit.ts";
import { causedBy, causeOf } from "./ledger/cause.ts";
import type { Fact } from "./ledger/entry.ts";
import { append } from "./ledger/store.ts";
import type { Database } from "./storage/database.ts";

/** The call, and what surrounds its change. */
export type AuditedCall = {
  readonly vaultId: string;
  readonly proof: CallProof;
  readonly admission: Admission;
  /** The method's path. */
  readonly path: string;
  /** Runs first in the transaction of a change. */
  readonly before: () => void;
  /** Runs last in the transaction of whatever was written. */
  readonly after: () => void;
  readonly wrote: Wrote;
};

/** What of a call was written so far. */
export type Wrote = { change: boolean; refusal: boolean };

/** Makes the change, as `Call.commit` says. Throws the typed refusal. */
export function auditedCommit<Desc extends DescMessage>(
  db: Database,
  call: AuditedCall,
  requestId: string,
  answer: Desc,
  change: () => Result<MessageInitShape<Desc>, Failure>,
  factOf: ((refusal: Failure) => Fact) | undefined,
): MessageShape<Desc> {
  let refusal: Failure | undefined;
  const audited = () => {
    const result = change();
    if (!result.ok) refusal = result.error;
    else if (causeOf(db)?.entries === 0)
      append(db, call.admission.nowMs, accepted(call, requestId));
    return result;
  };
  const write = <T>(body: () => T): T =>
    db.transaction(() =>
      causedBy(db, call.proof, () => {
        const result = body();
        call.after();
        return result;
      }),
    );
  try {
    const message = write(() => {
      call.before();
      return commitCall(db, call.admission, requestId, answer, audited);
    });
    call.wrote.change = true;
    return message;
  } catch (error) {
    const fact = refusal && factOf?.(refusal);
    if (fact !== undefined) {
      write(() => {
        admitCall(db, call.admission);
        append(db, call.admission.nowMs, fact);
      });
      call.wrote.refusal = true;
    }
    throw error;
  }
}

function accepted(call: AuditedCall, requestId: string): Fact {
  return {
    kind: "CALL_ACCEPTED",
    actor: call.admission.keyId,
    subject: vaultName(call.vaultId),
    facts: { method: call.path.slice(1), request_id: requestId },
  };
}
