/** What the ledger says of a call whose intent was refused before it became an execution. Pure. */
import type { SubmitIntentRequest } from "#gen/vault/v1/execution_messages";
import type { Failure } from "#protocol/failure";
import { vaultName } from "#protocol/names";
import type { Fact } from "../ledger/entry.ts";
import type { Call } from "./call.ts";

/** The fact: what was wanted, why not, and the rule that decided, where one did. */
export function refusedIntent(
  call: Pick<Call, "keyId" | "vaultId">,
  request: Pick<SubmitIntentRequest, "intent" | "requestId">,
  { reason, detail, metadata }: Failure,
): Fact {
  const { rule } = metadata;
  return {
    kind: "INTENT_REFUSED",
    actor: call.keyId,
    subject: vaultName(call.vaultId),
    facts: {
      action: request.intent?.action?.action.case ?? "",
      reason,
      detail: detail.slice(0, 500),
      by: "VAULT",
      request_id: request.requestId,
      ...(rule === undefined ? {} : { rule }),
    },
  };
}
