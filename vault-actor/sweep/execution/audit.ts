/** Judges a run: after every turn that is kept, and at its end. */
import { childName } from "#protocol/names";
import { dearestFee } from "../../src/execution/attempt.ts";
import { attemptsOf } from "../../src/execution/attempt-store.ts";
import { readExecution } from "../../src/execution/store.ts";
import { spendsOf } from "../../src/policy/spend-store.ts";
import type { Database } from "../../src/storage/database.ts";
import type { Finding } from "../history.ts";
import { vaultId } from "../vault/base.ts";
import { eth, limit, windowMs } from "./base.ts";
import type { InBlock } from "./chain.ts";

/** What a run knows of each accepted intent. */
export type Accepted = { readonly executionId: string; readonly wei: bigint };

/** What is known of what landed. */
export type Effects = {
  /** The execution whose nonce an operation has. `undefined`: of none. */
  readonly executionOf: (operation: InBlock) => string | undefined;
  /** What it sends when it succeeds; 0 for a void. `undefined`: not the vault's own. */
  readonly weiOf: (operation: InBlock) => bigint | undefined;
};

type Row = { readonly execution_id: string; readonly n: string; readonly at_ms: number };

/** What must hold at every moment. */
export function checkNow(
  db: Database,
  landed: readonly InBlock[],
  effects: Effects,
  nowMs: number,
): readonly Finding[] {
  const findings: Finding[] = [];
  const rows = db.all<Row & { state: string }>(
    `SELECT execution_id, coalesce(settled, reserved) AS n, at_ms, state FROM spend
     WHERE asset = ?`,
    eth,
  );
  const counted = rows.filter(({ state }) => state !== "RELEASED");
  const used = counted
    .filter(({ at_ms }) => at_ms > nowMs - windowMs)
    .reduce((sum, { n }) => sum + BigInt(n), 0n);
  if (used > limit) findings.push({ kind: "duplicate", words: `${used} of ${limit} are used` });
  for (const one of landed) {
    const wei = effects.weiOf(one) ?? 0n;
    if (!one.success || wei === 0n) continue;
    const executionId = effects.executionOf(one);
    const row = counted.find((spend) => spend.execution_id === executionId);
    if (row === undefined || BigInt(row.n) < wei) {
      findings.push({ kind: "duplicate", words: `${executionId} took effect and holds nothing` });
    }
  }
  return [...findings, ...checkFees(db)];
}

/** Of what is out the dearest is held for: any of them may be the one that lands. */
function checkFees(db: Database): readonly Finding[] {
  const out = db.all<{ execution_id: string; held: string }>(
    `SELECT execution_id, spend.reserved AS held FROM execution JOIN spend USING (execution_id)
     WHERE execution.state IN ('SIGNED', 'SENT', 'INCLUDED') AND asset LIKE 'fee/%'`,
  );
  return out.flatMap(({ execution_id, held }) => {
    const attempts = attemptsOf(db, execution_id);
    if (BigInt(held) >= dearestFee(attempts)) return [];
    const dead = withdrawnOf(db, execution_id);
    const fee = dearestFee(attempts.filter(({ hash }) => !dead.has(hash)));
    if (BigInt(held) >= fee) return [];
    return [{ kind: "duplicate", words: `${execution_id} may pay ${fee} and holds ${held}` }];
  });
}

/** The hashes of what was taken back as dead: all that was signed before. */
function withdrawnOf(db: Database, executionId: string): ReadonlySet<string> {
  const rows = db.all<{ hash: string | null }>(
    `SELECT json_extract(facts, '$.operation') AS hash FROM ledger WHERE subject = ?1
      AND kind IN ('OPERATION_SIGNED', 'OPERATION_REPLACED') AND sequence < (
       SELECT max(sequence) FROM ledger WHERE subject = ?1 AND kind = 'OPERATION_WITHDRAWN')`,
    childName(vaultId, "executions", executionId),
  );
  return new Set(rows.map(({ hash }) => hash ?? ""));
}

/** What must be true at the end, when all has been well for long enough. */
export function checkEnd(
  db: Database,
  accepted: readonly Accepted[],
  landed: readonly InBlock[],
  effects: Effects,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { executionId, wei } of accepted) {
    const execution = readExecution(db, executionId);
    if (execution === undefined) {
      findings.push({ kind: "lost", words: `${executionId} is gone` });
      continue;
    }
    const own = landed.filter((one) => effects.executionOf(one) === executionId);
    const acts = own.filter((one) => one.success && effects.weiOf(one) !== 0n);
    const { state, failure } = execution;
    const note = (kind: Finding["kind"], words: string) =>
      findings.push({ kind, words: `${executionId} (${state}): ${words}` });
    if (acts.length > 1) note("duplicate", `took effect ${acts.length} times`);
    const isEnded = state === "FINAL" || state === "FAILED" || state === "CANCELLED";
    if (!isEnded) note("stuck", "never ended");
    if (state === "FINAL" && acts.length === 0) note("lost", "final without an effect");
    if (state === "FINAL" && acts.some((one) => effects.weiOf(one) !== wei)) {
      note("duplicate", "another amount than was asked for");
    }
    const isForeign = own.some((one) => effects.weiOf(one) === undefined);
    if (isEnded && state !== "FINAL" && acts.length > 0 && !isForeign) {
      note("duplicate", "took effect and says that it did not");
    }
    if (state === "FAILED" && failure === undefined) note("lost", "failed without a reason");
    const spends = spendsOf(db, executionId);
    if (spends.some((spend) => spend.state === "HELD")) note("stuck", "holds amounts");
    const counts = spends.some((s) => s.asset === eth && s.state === "SETTLED");
    if (isEnded && counts && acts.length === 0 && !isForeign) note("stuck", "counts for nothing");
  }
  return findings;
}
