/**
 * Delivers a webhook: until the receiver answers 2xx, eight times in about a day at most.
 *
 * An attempt is counted before it is made and the next one is due already, so whatever dies is
 * made up for once, later. A receiver can see a webhook twice, under one id; it never sees none
 * while the execution ends as delivered. Policy and key are asked before every attempt: a host
 * that the owners strike out gets nothing more.
 */
import type { Failure } from "#protocol/failure";
import type { Result } from "#protocol/result";
import type { FetchRpc } from "../../account/node.ts";
import { readVault } from "../../identity/vault-store.ts";
import type { JobOutcome } from "../../scheduler/job.ts";
import type { EffectDraft } from "../action/effect-draft.ts";
import { fail } from "../end.ts";
import type { Execution } from "../execution.ts";
import { readExecution } from "../store.ts";
import { maxAttempts, pauseAfter, readStatus } from "./backoff.ts";
import type { Delivery } from "./delivery.ts";
import { readDelivery, writeAnswer, writeAttempt } from "./delivery-store.ts";
import { checkLapse, type EffectStepDeps, finish, mayHappen } from "./effect-end.ts";
import { sendWebhook } from "./send-webhook.ts";
import { webhookBody } from "./webhook-body.ts";

/** What delivering needs. */
export type DeliverDeps = EffectStepDeps & {
  readonly outside: FetchRpc;
  /** The vault's identity key, opened once for all attempts. */
  readonly identity: () => Promise<CryptoKey>;
  readonly now: () => number;
};

type WebhookDraft = Extract<EffectDraft, { kind: "webhook" }>;

const over = { kind: "done" } as const;

/** Makes the attempt that is due, if one is. */
export async function deliver(
  deps: DeliverDeps,
  execution: Execution,
  draft: WebhookDraft,
): Promise<JobOutcome> {
  const { db } = deps;
  const { executionId } = execution;
  const begun = db.transaction((): JobOutcome | Delivery => {
    const nowMs = deps.now();
    const current = readExecution(db, executionId);
    if (current?.state !== "PLANNED") return over;
    const before = readDelivery(db, executionId);
    if (before?.nextMs !== undefined && nowMs < before.nextMs) {
      return { kind: "again", dueMs: before.nextMs };
    }
    const attempts = before?.attemptCount ?? 0;
    // The last attempt died, and nobody knows what came of it.
    if (attempts >= maxAttempts) return fail(deps, current, undelivered(0), "VAULT");
    const may = mayBegin(deps, current, draft, before, nowMs);
    if (!may.ok) return fail(deps, current, may.error, "VAULT");
    const body = before?.body ?? webhookBody(deps.vaultId(), current, draft.message);
    const nextMs = nowMs + pauseAfter(attempts + 1);
    writeAttempt(db, executionId, { url: draft.url, body, nextMs, nowMs });
    return { url: draft.url, body, attemptCount: attempts + 1, lastStatus: 0, nextMs };
  });
  if ("kind" in begun) return begun;
  const webhook = { url: begun.url, body: begun.body, id: executionId, vaultId: deps.vaultId() };
  const status = await sendWebhook(deps.outside, webhook, await signerOf(deps), deps.now());
  return db.transaction(() => settle(deps, executionId, begun, status));
}

function mayBegin(
  deps: DeliverDeps,
  execution: Execution,
  draft: WebhookDraft,
  before: Delivery | undefined,
  nowMs: number,
): Result<void, Failure> {
  if (before === undefined) {
    const inTime = checkLapse(execution, nowMs);
    if (!inTime.ok) return inTime;
  }
  return mayHappen(deps, execution, draft, nowMs);
}

/** Writes down what came of an attempt, unless the execution was cancelled meanwhile. */
function settle(
  deps: DeliverDeps,
  executionId: string,
  { attemptCount, nextMs }: Delivery,
  status: number,
): JobOutcome {
  const { db } = deps;
  const nowMs = deps.now();
  const execution = readExecution(db, executionId);
  if (execution?.state !== "PLANNED") {
    writeAnswer(db, executionId, status, undefined);
    return over;
  }
  const said = readStatus(status);
  if (said === "delivered") {
    writeAnswer(db, executionId, status, undefined);
    const facts = { attempts: String(attemptCount), status: String(status) };
    finish(deps, execution, "WEBHOOK_DELIVERED", facts, nowMs);
    return over;
  }
  if (said === "gone" || attemptCount >= maxAttempts) {
    writeAnswer(db, executionId, status, undefined);
    return fail(deps, execution, undelivered(status), "VAULT");
  }
  const dueMs = Math.max(nextMs ?? 0, nowMs);
  writeAnswer(db, executionId, status, dueMs);
  return { kind: "again", dueMs };
}

async function signerOf({ db, identity }: DeliverDeps) {
  const key = await identity();
  const keyId = readVault(db)?.identityKeyId ?? "";
  const sign = async (base: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign("Ed25519", key, base));
  return { keyId, sign };
}

function undelivered(status: number): Failure {
  const what = status === 0 ? "the receiver did not answer" : `the receiver answered ${status}`;
  return { reason: "DELIVERY_FAILED", detail: what, metadata: { status: String(status) } };
}
