/**
 * Sends a signed operation and follows it until its block is final.
 *
 * Only the chain decides what happened: a bundler's silence or refusal never frees what an
 * operation holds against the limits.
 */
import type { Failure } from "#protocol/failure";
import { childName, formatAsset, parseAsset } from "#protocol/names";
import { keyMayAct } from "../identity/key-store.ts";
import { isHalted } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import { holdAgain, settle, spendsOf } from "../policy/spend-store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import type { ExecutionDeps } from "./advance.ts";
import { sendOperation } from "./bundler.ts";
import { fail } from "./end.ts";
import type { Execution } from "./execution.ts";
import type { ChainAccess } from "./plan.ts";
import { findLanded, type Landed, latestBlock } from "./receipt.ts";
import { readExecution, writeDropped, writeEnd, writeIncluded, writeSent } from "./store.ts";
import { saysDeployed, withdrawIfDead } from "./withdraw.ts";

const minPollMs = 200;
const maxPollMs = 600_000;
const resendAfterBlocks = 5;
const heldPauseMs = 5_000;

/** After this long without a trace the operation is given up; what it holds stays held. */
const giveUpMs = 86_400_000;

/** Hands the operation to a bundler. */
export async function send(
  deps: ExecutionDeps,
  execution: Execution,
  access: ChainAccess,
): Promise<JobOutcome | "next"> {
  const { signed } = execution;
  if (signed === undefined) throw new Error("nothing is signed");
  // What may spend is known outside this storage first, so that no restore frees the amount.
  if (!(await deps.secure())) return { kind: "retry", reason: "the notary does not answer" };
  const held = heldBack(deps, execution);
  if (held !== undefined) return held;
  const sent = await sendOperation(access.bundler, signed.userOperation, access.chain.entryPoint);
  if (sent.kind === "ok") {
    writeSent(deps.db, execution.executionId, deps.now());
    return soon(deps, execution, access);
  }
  // It may have landed: an earlier send could have been recorded by nobody.
  const landed = await findLanded(access.node, access.chain, signed);
  if (landed.kind === "ok" && landed.value !== undefined) {
    include(deps, execution, landed.value);
    return "next";
  }
  if (sent.kind === "final" && saysDeployed(sent.reason) && landed.kind === "ok") {
    return (await withdrawIfDead(deps, execution, access)) ? "next" : soon(deps, execution, access);
  }
  if (sent.kind === "retry" || landed.kind !== "ok" || deps.now() < execution.expireMs) {
    return { kind: "retry", reason: sent.reason };
  }
  const failure = {
    reason: "CHAIN_REFUSED",
    detail: sent.reason,
    metadata: { cause: sent.reason },
  } as const;
  return fail(deps, execution, failure, "CHAIN");
}

/** Looks for the operation on the chain. */
export async function track(
  deps: ExecutionDeps,
  execution: Execution,
  access: ChainAccess,
): Promise<JobOutcome | "next"> {
  const { signed, inclusion } = execution;
  if (signed === undefined) throw new Error("nothing is signed");
  const [landed, latest] = await Promise.all([
    findLanded(access.node, access.chain, signed),
    latestBlock(access.node),
  ]);
  if (landed.kind !== "ok") return { kind: "retry", reason: landed.reason };
  if (latest.kind !== "ok") return { kind: "retry", reason: latest.reason };
  const again = soon(deps, execution, access);
  if (inclusion !== undefined) {
    if (landed.value?.inclusion.blockHash !== inclusion.blockHash) {
      drop(deps, execution);
      return "next";
    }
    const isFinal = latest.value >= inclusion.blockNumber + access.chain.confirmations;
    return isFinal ? conclude(deps, execution, landed.value) : again;
  }
  if (landed.value !== undefined) {
    include(deps, execution, landed.value);
    return "next";
  }
  const ageMs = deps.now() - (execution.signedMs ?? deps.now());
  if (ageMs > giveUpMs) {
    const detail = "the operation was not seen on the chain within a day";
    return fail(deps, execution, { reason: "CHAIN_UNAVAILABLE", detail, metadata: {} }, "CHAIN");
  }
  const dueForResend =
    ageMs > execution.sendCount * resendAfterBlocks * access.chain.blockTimeMs &&
    whyHeldBack(deps, execution) === undefined;
  if (dueForResend) {
    const sent = await sendOperation(access.bundler, signed.userOperation, access.chain.entryPoint);
    if (sent.kind === "final" && saysDeployed(sent.reason)) {
      if (await withdrawIfDead(deps, execution, access)) return "next";
    }
    writeSent(deps.db, execution.executionId, deps.now());
  }
  return again;
}

/** Waits while the operation may not be sent, and gives it up when its intent lapses so. */
function heldBack(deps: ExecutionDeps, execution: Execution): JobOutcome | undefined {
  const failure = whyHeldBack(deps, execution);
  if (failure === undefined) return undefined;
  const nowMs = deps.now();
  if (nowMs < execution.expireMs) return { kind: "again", dueMs: nowMs + heldPauseMs };
  return fail(deps, execution, failure, "VAULT");
}

function whyHeldBack(deps: ExecutionDeps, execution: Execution): Failure | undefined {
  if (isHalted(deps.db, deps.now())) {
    const detail = "the vault was frozen before the operation was sent";
    return { reason: "VAULT_FROZEN", detail, metadata: {} };
  }
  if (keyMayAct(deps.db, execution.keyId)) return undefined;
  const detail = "the key that asked for it was revoked before the operation was sent";
  return { reason: "POLICY_REFUSED", detail, metadata: { rule: "key" } };
}

function include(deps: ExecutionDeps, execution: Execution, landed: Landed): void {
  const { db } = deps;
  db.transaction(() => {
    const { executionId } = execution;
    if (!writeIncluded(db, executionId, landed.inclusion, landed.fee, deps.now())) return;
    append(db, deps.now(), {
      kind: "OPERATION_INCLUDED",
      actor: "vault",
      subject: childName(deps.vaultId(), "executions", executionId),
      facts: {
        transaction: landed.inclusion.transactionHash,
        block: String(landed.inclusion.blockNumber),
        success: String(landed.success),
      },
    });
  });
}

function drop(deps: ExecutionDeps, execution: Execution): void {
  const { db } = deps;
  db.transaction(() => {
    const { executionId, inclusion } = execution;
    writeDropped(db, executionId);
    holdAgain(db, executionId);
    append(db, deps.now(), {
      kind: "OPERATION_REORGANISED",
      actor: "vault",
      subject: childName(deps.vaultId(), "executions", executionId),
      facts: { block: inclusion?.blockHash ?? "" },
    });
  });
}

function conclude(deps: ExecutionDeps, execution: Execution, landed: Landed): JobOutcome {
  const { db } = deps;
  const { executionId } = execution;
  if (!landed.success) {
    const detail = "the operation is on the chain and its call was reverted there";
    const failure = { reason: "CHAIN_REFUSED", detail, metadata: {} } as const;
    return fail(deps, execution, failure, "CHAIN", true);
  }
  db.transaction(() => {
    if (readExecution(db, executionId)?.state !== "INCLUDED") return;
    const account = deps.vaultId().split(":")[2] ?? "";
    const actual = new Map<string, bigint>();
    const facts: Record<string, string> = { fee: String(landed.fee) };
    for (const spend of spendsOf(db, executionId)) {
      const asset = parseAsset(spend.asset);
      // Native value leaves in full when the call takes effect; tokens say so in their logs.
      const left =
        asset?.kind === "erc20"
          ? sum(landed.moves.filter((m) => m.token === asset.address && m.from === account))
          : spend.reserved;
      actual.set(spend.asset, left);
      facts[`spent ${spend.asset}`] = String(left);
    }
    const chainId = Number(deps.vaultId().split(":")[1]);
    for (const move of landed.moves.filter((m) => m.to === account)) {
      const asset = formatAsset({ kind: "erc20", chainId, address: move.token });
      facts[`received ${asset}`] = String(BigInt(facts[`received ${asset}`] ?? 0) + move.amount);
    }
    settle(db, executionId, actual, landed.fee);
    writeEnd(db, executionId, "FINAL", undefined, deps.now());
    append(db, deps.now(), {
      kind: "OPERATION_SETTLED",
      actor: "vault",
      subject: childName(deps.vaultId(), "executions", executionId),
      facts,
    });
    noteBalances(deps, executionId, facts);
  });
  return { kind: "done" };
}

/** Tells of each asset that moved: what was spent and what was received, in base units. */
function noteBalances(
  deps: ExecutionDeps,
  executionId: string,
  facts: Readonly<Record<string, string>>,
): void {
  const moved = new Map<string, Record<string, string>>();
  for (const [name, amount] of Object.entries(facts)) {
    const [direction = "", asset] = name.split(" ");
    if (asset === undefined || amount === "0") continue;
    moved.set(asset, { ...moved.get(asset), [direction]: amount });
  }
  for (const [asset, amounts] of [...moved].sort(([a], [b]) => (a < b ? -1 : 1))) {
    append(deps.db, deps.now(), {
      kind: "BALANCE_CHANGED",
      actor: "vault",
      subject: childName(deps.vaultId(), "executions", executionId),
      facts: { asset, ...amounts },
    });
  }
}

function sum(moves: readonly { readonly amount: bigint }[]): bigint {
  return moves.reduce((total, move) => total + move.amount, 0n);
}

function soon(deps: ExecutionDeps, execution: Execution, access: ChainAccess): JobOutcome {
  return { kind: "again", dueMs: deps.now() + pollMs(deps, execution, access) };
}

/** Half a block while the operation is young, then more and more rarely. */
function pollMs(deps: ExecutionDeps, execution: Execution, access: ChainAccess): number {
  const ageMs = deps.now() - (execution.signedMs ?? deps.now());
  const wanted = Math.max(minPollMs, Math.min(access.chain.blockTimeMs / 2, 2_000), ageMs / 20);
  return Math.min(maxPollMs, Math.round(wanted));
}
