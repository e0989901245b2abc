/**
 * Makes the change of one call, once, in one transaction.
 *
 * The key is read again, because verification awaited and a revocation may have come between;
 * the nonce is consumed here and nowhere else; a refusal writes nothing, the nonce included.
 */
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { toConnectError } from "#protocol/errors";
import type { Failure } from "#protocol/failure";
import type { Result } from "#protocol/result";
import type { Database } from "../storage/database.ts";
import { refusalAfter } from "./call-limits.ts";
import { isStranger, refusalOf } from "./key.ts";
import { readKey, touchKey } from "./key-store.ts";
import { consumeNonce, readRequest, usesSince, writeRequest } from "./replay-store.ts";
import { readVault } from "./vault-store.ts";

/** The verified facts of a call that its change depends on. */
export type Admission = {
  readonly keyId: string;
  readonly nonce: string;
  /** Until when the nonce must be remembered. */
  readonly nonceUntilMs: number;
  readonly nowMs: number;
  /** The method's path and the body's digest: what a request id stands for. */
  readonly standsFor: string;
  /** Whether the method is proved by the owners, so that the key need not be enrolled. */
  readonly byOwners: boolean;
};

/**
 * Runs `change` and records its answer, or answers a repeat. Throws the typed refusal, which
 * must take back the transaction that this runs in.
 */
export function commitCall<Desc extends DescMessage>(
  db: Database,
  admission: Admission,
  requestId: string,
  answer: Desc,
  change: () => Result<MessageInitShape<Desc>, Failure>,
): MessageShape<Desc> {
  admitCall(db, admission);
  const recorded = readRequest(db, admission.keyId, requestId);
  if (recorded !== undefined) {
    if (recorded.standsFor !== admission.standsFor) {
      throw refusal("REQUEST_ID_REUSED", "the request id stands for another request", {
        request_id: requestId,
      });
    }
    return fromBinary(answer, recorded.answer);
  }
  const result = change();
  if (!result.ok) throw toConnectError(result.error, "VAULT");
  const message = create(answer, result.value);
  writeRequest(db, {
    keyId: admission.keyId,
    requestId,
    standsFor: admission.standsFor,
    answer: new Uint8Array(toBinary(answer, message)),
    nowMs: admission.nowMs,
  });
  return message;
}

/** Lets a call pass, once. Throws the typed refusal, before anything is written. */
export function admitCall(db: Database, admission: Admission): void {
  const { keyId, nowMs } = admission;
  const vault = readVault(db);
  const granted = readKey(db, keyId);
  // Before the claim there is no register: the claim's own proof decides.
  const { authorityEpoch = 0 } = vault ?? {};
  const stranger = admission.byOwners && isStranger(granted?.key, authorityEpoch, nowMs);
  if (vault !== undefined && !stranger) {
    const proof = refusalOf(granted?.key, vault.authorityEpoch, nowMs);
    if (proof !== undefined) throw refusal("PROOF_REJECTED", "the key is not accepted", { proof });
  }
  const max = granted?.key.maxCallsPerMinute ?? 120;
  const { count, firstMs } = usesSince(db, keyId, nowMs - 60_000);
  if (count >= max) {
    const limited = refusalAfter(firstMs + 60_000 - nowMs, max);
    if (limited !== undefined) throw toConnectError(limited, "VAULT");
  }
  const fresh = consumeNonce(db, {
    keyId,
    nonce: admission.nonce,
    nowMs,
    untilMs: admission.nonceUntilMs,
  });
  if (!fresh) {
    throw refusal("PROOF_REJECTED", "the call was made before", { proof: "nonce_reused" });
  }
  if (granted !== undefined) touchKey(db, granted.key, nowMs);
}

function refusal(reason: Failure["reason"], detail: string, metadata: Record<string, string>) {
  return toConnectError({ reason, detail, metadata }, "VAULT");
}
