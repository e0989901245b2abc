/** Writes the body of a webhook: from what is stored alone, so that it can be made once. Pure. */
import { childName } from "#protocol/names";
import type { Webhook } from "#protocol/webhook/webhook";
import type { Execution } from "../execution.ts";

/** The bytes that are sent and signed. */
export function webhookBody(
  vaultId: string,
  execution: Pick<Execution, "executionId" | "cause" | "createdMs">,
  message: string,
): Uint8Array<ArrayBuffer> {
  const { executionId, cause, createdMs } = execution;
  const webhook: Webhook = {
    id: executionId,
    vault: vaultId,
    execution: childName(vaultId, "executions", executionId),
    cause:
      cause.kind === "KEY"
        ? { key: cause.keyId }
        : {
            trigger: cause.firing.slice(0, cause.firing.lastIndexOf("/firings/")),
            firing: cause.firing,
          },
    message,
    time: new Date(createdMs).toISOString(),
  };
  return new Uint8Array(new TextEncoder().encode(JSON.stringify(webhook)));
}
