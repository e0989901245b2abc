/**
 * Sends what is signed and follows it until its block is final.
 *
 * Only the chain decides what happened: a bundler's silence or refusal never frees what an
 * operation holds against the limits. What is out and not included is signed again at a higher
 * fee; what shall not land any more is voided. All of them have one nonce.
 */
import { release } from "../policy/spend-store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import type { ExecutionDeps } from "./advance.ts";
import { type Attempt, isBumpDue } from "./attempt.ts";
import { attemptsOf, countSend } from "./attempt-store.ts";
import { sendOperation } from "./bundler.ts";
import type { ChainAccess } from "./chain-access.ts";
import { conclude, drop, include } from "./conclude.ts";
import { isProvedDead } from "./dead.ts";
import { end, failed } from "./end.ts";
import type { Execution, SignedOperation } from "./execution.ts";
import { findLanded, latestBlock } from "./receipt.ts";
import { signDearer, signVoid } from "./replace.ts";
import { mostFee } from "./reservation.ts";
import { readExecution, writeSent } from "./store.ts";
import { deadFromMs, startVoid, whyHeldBack, whyVoid } from "./voiding.ts";
import { saysDeployed, withdrawIfDead } from "./withdraw.ts";

const minPollMs = 200;
const maxPollMs = 600_000;
const resendAfterBlocks = 5;
const heldPauseMs = 5_000;

/** Hands the first operation to a bundler. */
export async function send(
  deps: ExecutionDeps,
  execution: Execution,
  access: ChainAccess,
): Promise<JobOutcome | "next"> {
  const { db } = deps;
  const { executionId, signed } = execution;
  if (signed === undefined) throw new Error("nothing is signed");
  // What may spend is known outside this storage first, so that no restore frees the amount.
  if (!(await deps.secure())) return { kind: "retry", reason: "the notary does not answer" };
  const attempts = attemptsOf(db, executionId);
  const [newest] = attempts.slice(-1);
  const nowMs = deps.now();
  if (newest === undefined || execution.voiding !== undefined)
    return track(deps, execution, access);
  if (whyVoid(db, execution, attempts, nowMs) !== undefined) return track(deps, execution, access);
  if (whyHeldBack(db, execution, nowMs) !== undefined) {
    return { kind: "again", dueMs: nowMs + heldPauseMs };
  }
  const sent = await handOver(access, newest);
  if (sent.kind === "ok") {
    noteSent(deps, executionId, newest);
    return soon(deps, newest, access);
  }
  // It may have landed: an earlier send could have been recorded by nobody.
  const landed = await find(access, attempts, signed);
  if (landed.kind === "ok" && landed.value !== undefined) {
    include(deps, execution, landed.value);
    return "next";
  }
  if (sent.kind === "final" && saysDeployed(sent.reason) && landed.kind === "ok") {
    const isBack = await withdrawIfDead(deps, execution, access);
    return isBack ? "next" : soon(deps, newest, access);
  }
  if (sent.kind === "retry" || landed.kind !== "ok" || deps.now() < execution.expireMs) {
    return { kind: "retry", reason: sent.reason };
  }
  startVoid(db, execution, {
    reason: "CHAIN_REFUSED",
    detail: sent.reason,
    metadata: { cause: sent.reason },
  });
  return "next";
}

/** Looks for the operation on the chain, and does what is due while it is not there. */
export async function track(
  deps: ExecutionDeps,
  execution: Execution,
  access: ChainAccess,
): Promise<JobOutcome | "next"> {
  const { db } = deps;
  const { executionId, signed, inclusion } = execution;
  if (signed === undefined) throw new Error("nothing is signed");
  const attempts = attemptsOf(db, executionId);
  const [landed, latest] = await Promise.all([find(access, attempts, signed), latestBlock(access)]);
  if (landed.kind !== "ok") return { kind: "retry", reason: landed.reason };
  if (latest.kind !== "ok") return { kind: "retry", reason: latest.reason };
  if (inclusion !== undefined) {
    const { blockHash } = landed.value?.inclusion ?? {};
    if (blockHash !== inclusion.blockHash || landed.value === undefined) {
      drop(deps, execution);
      return "next";
    }
    const isFinal = latest.value >= inclusion.blockNumber + access.chain.confirmations;
    return isFinal ? conclude(deps, execution, landed.value) : soon(deps, attempts.at(-1), access);
  }
  if (landed.value !== undefined) {
    include(deps, execution, landed.value);
    return "next";
  }
  const deadMs = deadFromMs(attempts);
  if (deadMs !== undefined && deps.now() >= deadMs) {
    if (await isProvedDead(access, signed, latest.value, deadMs)) {
      return endDead(deps, execution);
    }
  }
  const { voiding } = execution;
  const reason = voiding === undefined ? whyVoid(db, execution, attempts, deps.now()) : undefined;
  if (reason !== undefined) startVoid(db, execution, reason);
  return push(deps, executionId, access);
}

/** Signs what is due, and hands the newest operation over when that is due. */
async function push(
  deps: ExecutionDeps,
  executionId: string,
  access: ChainAccess,
): Promise<JobOutcome | "next"> {
  const { db } = deps;
  const before = readExecution(db, executionId);
  if (before === undefined || !isOut(before)) return "next";
  const known = attemptsOf(db, executionId);
  const isDue = isBumpDue(known, access.chain.blockTimeMs, deps.now());
  if (before.voiding !== undefined) {
    if (isDue || known.at(-1)?.kind !== "VOID") await signVoid(deps, before, known, access);
  } else if (isDue && whyHeldBack(db, before, deps.now()) === undefined) {
    await signDearer(deps, before, known, access);
  }
  const execution = readExecution(db, executionId);
  const newest = attemptsOf(db, executionId).at(-1);
  if (execution === undefined || newest === undefined || !isOut(execution)) return "next";
  const mayGo =
    execution.voiding === undefined
      ? newest.kind === "ACT" && whyHeldBack(db, execution, deps.now()) === undefined
      : newest.kind === "VOID";
  const ageMs = deps.now() - newest.signedMs;
  const isDueNow = ageMs > newest.sendCount * resendAfterBlocks * access.chain.blockTimeMs;
  if (!mayGo || (newest.sendCount > 0 && !isDueNow)) return soon(deps, newest, access);
  if (!(await deps.secure())) return { kind: "retry", reason: "the notary does not answer" };
  const sent = await handOver(access, newest);
  if (sent.kind === "retry" && newest.sendCount === 0)
    return { kind: "retry", reason: sent.reason };
  if (sent.kind === "final" && saysDeployed(sent.reason)) {
    if (await withdrawIfDead(deps, execution, access)) return "next";
  }
  noteSent(deps, executionId, newest);
  return soon(deps, newest, access);
}

function isOut({ state }: Execution): boolean {
  return state === "SIGNED" || state === "SENT";
}

function noteSent(deps: ExecutionDeps, executionId: string, attempt: Attempt): void {
  const nowMs = deps.now();
  deps.db.transaction(() => {
    writeSent(deps.db, executionId, nowMs);
    countSend(deps.db, executionId, attempt.number, nowMs);
  });
}

function handOver({ bundler, chain }: ChainAccess, { userOperation, hash }: SignedOperation) {
  return sendOperation(bundler, userOperation, chain.entryPoint, hash);
}

/** Looks for any operation of the lane, from the block on before which none was signed. */
function find(access: ChainAccess, attempts: readonly Attempt[], signed: SignedOperation) {
  const fromBlock = Math.min(signed.fromBlock, ...attempts.map((attempt) => attempt.fromBlock));
  const { sender, nonce } = signed.userOperation;
  return findLanded(access, sender, nonce, fromBlock);
}

/** Ends what can't take effect any more. Its fee may still be paid: it counts in full. */
function endDead(deps: ExecutionDeps, execution: Execution): JobOutcome {
  const { db } = deps;
  const detail = "the operation did not land before its permission or its deadline ended";
  const lapsed = { reason: "DEADLINE_EXCEEDED", enforcedBy: "CHAIN", detail } as const;
  return end(deps, execution, execution.voiding ?? failed(lapsed), () =>
    release(db, execution.executionId, mostFee(db, execution.executionId)),
  );
}

function soon(deps: ExecutionDeps, newest: Attempt | undefined, access: ChainAccess): JobOutcome {
  return { kind: "again", dueMs: deps.now() + pollMs(deps, newest, access) };
}

/**
 * Soon after it was signed, because a bundler may land it at once; then up to half a block later
 * each time, and more and more rarely.
 */
function pollMs(deps: ExecutionDeps, newest: Attempt | undefined, access: ChainAccess): number {
  const ageMs = deps.now() - (newest?.signedMs ?? deps.now());
  const quickMs = Math.min(access.chain.blockTimeMs / 2, 2_000, ageMs / 2);
  const wanted = Math.max(minPollMs, quickMs, ageMs / 20);
  return Math.min(maxPollMs, Math.round(wanted));
}
