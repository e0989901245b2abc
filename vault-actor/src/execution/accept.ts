/** Accepts an intent: writes the execution and the job that moves it, in one transaction. */
import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Intent, IntentSchema } from "#gen/vault/v1/intent";
import { childName } from "#protocol/names";
import { append } from "../ledger/store.ts";
import { readPolicy } from "../policy/store.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Database } from "../storage/database.ts";
import { type Cause, defaultIntentMs, maxIntentMs } from "./execution.ts";
import { insertExecution } from "./store.ts";

/** Writes a planned execution in the caller's transaction. Returns its id. */
export function acceptIntent(
  deps: {
    readonly db: Database;
    readonly scheduler: Pick<Scheduler, "put">;
    readonly newId: () => string;
    readonly vaultId: () => string;
  },
  intent: Intent,
  by: { readonly cause: Cause; readonly keyId: string },
  nowMs: number,
): string {
  const executionId = deps.newId();
  const wanted = intent.expireTime === undefined ? undefined : timestampMs(intent.expireTime);
  const expireMs = Math.min(wanted ?? nowMs + defaultIntentMs, nowMs + maxIntentMs);
  insertExecution(deps.db, {
    executionId,
    intent: create(IntentSchema, intent),
    cause: by.cause,
    keyId: by.keyId,
    expireMs,
    nowMs,
  });
  deps.scheduler.put({ kind: "advance", ref: executionId, dueMs: nowMs });
  append(deps.db, nowMs, {
    kind: "INTENT_ACCEPTED",
    actor: by.cause.kind === "FIRING" ? by.cause.firing : by.cause.keyId,
    subject: childName(deps.vaultId(), "executions", executionId),
    facts: {
      action: intent.action?.action.case ?? "",
      // Which rules allowed it: the ledger has every version's.
      policy: String(readPolicy(deps.db).version),
    },
  });
  return executionId;
}
