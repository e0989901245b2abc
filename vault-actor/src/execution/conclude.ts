/** Writes what the chain says of an execution: in a block, out of it again, settled for good. */
import { childName, formatAsset, parseAsset, vaultName } from "#protocol/names";
import { readVault, writeFreeze } from "../identity/vault-store.ts";
import { append } from "../ledger/store.ts";
import { holdAgain, release, settle, spendsOf } from "../policy/spend-store.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import type { Database } from "../storage/database.ts";
import type { Attempt } from "./attempt.ts";
import { attemptsOf } from "./attempt-store.ts";
import { end, failed } from "./end.ts";
import type { Execution } from "./execution.ts";
import type { Landed } from "./receipt.ts";
import { readExecution, writeDropped, writeEnd, writeIncluded } from "./store.ts";

type ConcludeDeps = {
  readonly db: Database;
  readonly vaultId: () => string;
  readonly now: () => number;
};

/** Why a vault is frozen whose session key signed what the vault did not. */
export const foreignReason = "a session key of the vault was used by somebody else";

/**
 * Records the block that holds an operation. One that the vault did not sign means that
 * somebody else has the session's key: the vault freezes at once.
 */
export function include(deps: ConcludeDeps, execution: Execution, landed: Landed): void {
  const { db } = deps;
  db.transaction(() => {
    const { executionId } = execution;
    const nowMs = deps.now();
    const { inclusion, operationHash, fee } = landed;
    if (!writeIncluded(db, executionId, inclusion, operationHash, fee, nowMs)) return;
    const attempt = attemptOf(attemptsOf(db, executionId), landed);
    append(db, nowMs, {
      kind: "OPERATION_INCLUDED",
      actor: "vault",
      subject: childName(deps.vaultId(), "executions", executionId),
      facts: {
        operation: operationHash,
        transaction: inclusion.transactionHash,
        block: String(inclusion.blockNumber),
        success: String(landed.success),
        ...(attempt?.kind === "VOID" ? { void: "true" } : {}),
        ...(attempt === undefined ? { foreign: "true" } : {}),
      },
    });
    if (attempt !== undefined || readVault(db)?.freeze !== undefined) return;
    writeFreeze(db, { by: "vault", reason: foreignReason, atMs: nowMs });
    const subject = vaultName(deps.vaultId());
    append(db, nowMs, {
      kind: "VAULT_FROZEN",
      actor: "vault",
      subject,
      facts: { reason: foreignReason, operation: operationHash },
    });
  });
}

/** Takes an inclusion back: the chain dropped the block. */
export function drop(deps: ConcludeDeps, execution: Execution): void {
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

/** Settles an execution whose block is final, by what landed. */
export function conclude(deps: ConcludeDeps, execution: Execution, landed: Landed): JobOutcome {
  const { db } = deps;
  const { executionId, voiding } = execution;
  const attempt = attemptOf(attemptsOf(db, executionId), landed);
  if (attempt === undefined) {
    const detail = `${foreignReason}; what it took is not known and counts in full`;
    const failure = { reason: "CHAIN_REFUSED", enforcedBy: "CHAIN", detail } as const;
    return end(deps, execution, failed(failure), () => settle(db, executionId, new Map()));
  }
  const releaseHeld = () => release(db, executionId, landed.fee);
  if (attempt.kind === "VOID") {
    const detail = "it was voided";
    const failure = { reason: "CHAIN_UNAVAILABLE", enforcedBy: "VAULT", detail } as const;
    return end(deps, execution, voiding ?? failed(failure), releaseHeld);
  }
  if (!landed.success) {
    const detail = "the operation is on the chain and its call was reverted there";
    const failure = { reason: "CHAIN_REFUSED", enforcedBy: "CHAIN", detail } as const;
    return end(deps, execution, failed(failure), releaseHeld);
  }
  db.transaction(() => {
    if (readExecution(db, executionId)?.state !== "INCLUDED") return;
    const account = deps.vaultId().split(":")[2] ?? "";
    const actual = new Map<string, bigint>();
    const facts: Record<string, string> = { fee: String(landed.fee) };
    for (const spend of spendsOf(db, executionId)) {
      // What a spender may still take counts as taken.
      const isAllowed = attempt.judged?.operation.allowances.some((a) => a.asset === spend.asset);
      const left = isAllowed ? spend.reserved : leftOf(spend, landed, account);
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

function attemptOf(attempts: readonly Attempt[], { operationHash }: Landed): Attempt | undefined {
  return attempts.find(({ hash }) => hash === operationHash);
}

/** Native value leaves in full when the call takes effect; tokens say so in their logs. */
function leftOf(
  spend: { readonly asset: string; readonly reserved: bigint },
  landed: Landed,
  account: string,
): bigint {
  const asset = parseAsset(spend.asset);
  if (asset?.kind !== "erc20") return spend.reserved;
  return landed.moves
    .filter((move) => move.token === asset.address && move.from === account)
    .reduce((total, move) => total + move.amount, 0n);
}

/** Tells of each asset that moved: what was spent and what was received, in base units. */
function noteBalances(
  deps: ConcludeDeps,
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
