/**
 * Reserves, signs and records one operation: the only place where a session key is used.
 *
 * Everything that was awaited before counts for nothing: state, freeze, session, policy and
 * spend are read again inside one transaction, and the signature exists only if that
 * transaction commits. The key is opened for the time of this step and wiped.
 */
import type { Failure } from "#protocol/failure";
import { childName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { Keyring } from "../keyring/keyring.ts";
import { append } from "../ledger/store.ts";
import { enforcementOf } from "../session/enforcement.ts";
import { readSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import { type Execution, isApproved } from "./execution.ts";
import {
  type ReservedOperation,
  reserveOperation,
  reserveReplacement,
  type Unreserved,
} from "./reservation.ts";
import type { SessionOperation } from "./session-operation.ts";
import { type NewAttempt, readExecution, writeReplaced, writeSigned } from "./store.ts";

/** What is to be signed. */
export type Submission = SessionOperation & { readonly fromBlock: number };

/** What became of a submission. */
export type Submitted = "signed" | Unreserved;

type SubmitDeps = { readonly db: Database; readonly keyring: Keyring; readonly vaultId: string };

/** Whether an execution that the owners approved comes to what they saw (`ApprovalPort`). */
type StillApproved = (execution: Execution) => Result<void, Failure>;

/**
 * Signs and records a submission, or says which rule refuses it; a refusal writes nothing. What
 * the owners approved is asked again in the transaction that signs.
 */
export async function submit(
  deps: SubmitDeps & { readonly stillApproved: StillApproved },
  submission: Submission,
  now: () => number,
): Promise<Result<Submitted, Failure>> {
  const { db } = deps;
  const { executionId, session } = submission;
  // A session that was revoked while the chain was asked signs no act any more: plan again.
  if (readSession(db, session.sessionId)?.state !== "ACTIVE") return ok("stale");
  const written = (body: () => Result<Submitted, Failure>) =>
    db.transaction(() => {
      const execution = readExecution(db, executionId);
      if (execution?.state === "PLANNED" && isApproved(execution)) {
        const still = deps.stillApproved(execution);
        if (!still.ok) return still;
      }
      return body();
    });
  return signIn(deps, submission, now, written, reserveOperation, (attempt, reserved) => {
    writeSigned(
      db,
      executionId,
      attempt,
      enforcementOf(reserved.limits, reserved.session, submission.chain),
    );
    return "OPERATION_SIGNED";
  });
}

/**
 * Signs and records a dearer operation or a void in the place of what is out. `stale`: what is
 * out moved on, or the key is gone. A refusal writes nothing, and what is out stays out.
 */
export async function submitReplacement(
  deps: SubmitDeps,
  submission: Submission,
  now: () => number,
): Promise<Result<Submitted, Failure>> {
  const { db, keyring } = deps;
  if (!keyring.holds(submission.session.sessionId)) return ok("stale");
  const written = (body: () => Result<Submitted, Failure>) => wholeOrNothing(db, body);
  return signIn(deps, submission, now, written, reserveReplacement, (attempt) => {
    writeReplaced(db, submission.executionId, attempt);
    return "OPERATION_REPLACED";
  });
}

async function signIn(
  deps: SubmitDeps,
  submission: Submission,
  now: () => number,
  written: (body: () => Result<Submitted, Failure>) => Result<Submitted, Failure>,
  reserveIt: typeof reserveOperation,
  record: (
    attempt: NewAttempt,
    reserved: ReservedOperation,
  ) => "OPERATION_SIGNED" | "OPERATION_REPLACED",
): Promise<Result<Submitted, Failure>> {
  const { db, keyring, vaultId } = deps;
  const { executionId, kind, operation, userOperation } = submission;
  return keyring.withSession(submission, (sign) =>
    written(() => {
      const nowMs = now();
      const reserved = reserveIt(db, submission, nowMs);
      if (!reserved.ok) return reserved;
      if (typeof reserved.value === "string") return ok(reserved.value);
      const { signature, hash } = sign(reserved.value);
      const entry = record(
        attemptOf(submission, { ...userOperation, signature }, hash, nowMs),
        reserved.value,
      );
      const facts = Object.fromEntries(
        operation.spends.map(({ asset, amount }) => [`reserved ${asset}`, String(amount)]),
      );
      append(db, nowMs, {
        kind: entry,
        actor: "vault",
        subject: childName(vaultId, "executions", executionId),
        facts: { operation: hash, ...(kind === "VOID" ? { void: "true" } : {}), ...facts },
      });
      return ok("signed");
    }),
  );
}

function attemptOf(
  { kind, session, chain, operation, guards, fromBlock }: Submission,
  userOperation: Submission["userOperation"],
  hash: `0x${string}`,
  nowMs: number,
): NewAttempt {
  const { sessionId, expireMs } = session;
  const base = { kind, sessionId, userOperation, hash, fromBlock, signedMs: nowMs };
  if (kind === "VOID") return { ...base, judged: undefined, deadMs: undefined };
  const isGuarded = guards !== undefined && chain.intentGuard !== undefined;
  const ends = [
    ...(expireMs === undefined ? [] : [expireMs]),
    // A deadline is the last second in which it may land.
    ...(isGuarded ? [(guards.deadlineSeconds + 1) * 1000] : []),
  ];
  const deadMs = ends.length === 0 ? undefined : Math.min(...ends);
  return { ...base, judged: { operation, guards }, deadMs };
}

class Refusal extends Error {
  readonly result: Result<Submitted, Failure>;
  constructor(result: Result<Submitted, Failure>) {
    super("refused");
    this.result = result;
  }
}

/** Runs `body` in a transaction that is taken back unless it signed. */
function wholeOrNothing(
  db: Database,
  body: () => Result<Submitted, Failure>,
): Result<Submitted, Failure> {
  try {
    return db.transaction(() => {
      const result = body();
      if (result.ok && result.value === "signed") return result;
      throw new Refusal(result);
    });
  } catch (fault) {
    if (fault instanceof Refusal) return fault.result;
    throw fault;
  }
}
