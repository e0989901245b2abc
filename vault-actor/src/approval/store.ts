/**
 * Stores approvals. A decision is one conditional update: who came first wins.
 *
 * One whose execution was cancelled meanwhile is read as rejected: it waits for nothing.
 */
import type { Flow } from "../execution/act.ts";
import type { Database } from "../storage/database.ts";
import type { Approval, ApprovalState } from "./approval.ts";

type ApprovalRow = {
  approval_id: string;
  sequence: number;
  state: string;
  requester: string;
  key_id: string;
  summary: string;
  shown: string;
  max_worsening_bps: number;
  expire_ms: number;
  created_ms: number;
  decided_ms: number | null;
  execution_state: string | null;
};

type StoredFlow = { asset: string; amount: string; microUsd?: string };

type StoredShown = {
  rules: string[];
  spends: StoredFlow[];
  receives: StoredFlow[];
  recipients: string[];
};

/** An approval that is to be written, and the trigger whose firing asks. */
export type NewApproval = Omit<Approval, "sequence" | "state" | "decidedMs"> & {
  readonly triggerId: string | undefined;
};

const select = `SELECT approval.*, execution.state AS execution_state FROM approval
  LEFT JOIN execution ON execution.execution_id = approval.approval_id`;

const waiting = `FROM approval JOIN execution ON execution.execution_id = approval.approval_id
  WHERE approval.state = 'PENDING' AND execution.state = 'PENDING_APPROVAL'`;

/** Writes an approval that waits. */
export function insertApproval(db: Database, approval: NewApproval): void {
  const { rules, spends, receives, recipients } = approval;
  const shown: StoredShown = {
    rules: [...rules],
    spends: spends.map(storedFlow),
    receives: receives.map(storedFlow),
    recipients: [...recipients],
  };
  db.run(
    `INSERT INTO approval (approval_id, sequence, state, requester, key_id, trigger_id, summary,
      shown, max_worsening_bps, expire_ms, created_ms)
     VALUES (?, (SELECT coalesce(max(sequence), 0) + 1 FROM approval), 'PENDING', ?, ?, ?, ?, ?, ?, ?, ?)`,
    approval.approvalId,
    approval.requester,
    approval.keyId,
    approval.triggerId ?? null,
    approval.summary,
    JSON.stringify(shown),
    approval.maxWorseningBps,
    approval.expireMs,
    approval.createdMs,
  );
}

/** Decides. True when nobody had before. */
export function writeDecision(
  db: Database,
  approvalId: string,
  state: Exclude<ApprovalState, "PENDING">,
  nowMs: number,
): boolean {
  const changed = db.run(
    `UPDATE approval SET state = ?, decided_ms = ? WHERE approval_id = ? AND state = 'PENDING'
     RETURNING 1`,
    state,
    nowMs,
    approvalId,
  );
  return changed === 1;
}

/** Reads an approval. */
export function readApproval(db: Database, approvalId: string): Approval | undefined {
  const row = db.one<ApprovalRow>(`${select} WHERE approval.approval_id = ?`, approvalId);
  return row === undefined ? undefined : toApproval(row);
}

/** How many approvals wait. */
export function countPending(db: Database): number {
  return db.one<{ n: number }>(`SELECT count(*) AS n ${waiting}`)?.n ?? 0;
}

/** Whether a firing of the trigger waits for the owners. */
export function triggerWaits(db: Database, triggerId: string): boolean {
  return db.one(`SELECT 1 AS one ${waiting} AND trigger_id = ? LIMIT 1`, triggerId) !== undefined;
}

/** Lists approvals, the newest first, from below `beforeSequence` on. */
export function listApprovals(
  db: Database,
  beforeSequence: number,
  limit: number,
): readonly Approval[] {
  return db
    .all<ApprovalRow>(
      `${select} WHERE approval.sequence < ? ORDER BY approval.sequence DESC LIMIT ?`,
      beforeSequence,
      limit,
    )
    .map(toApproval);
}

function toApproval(row: ApprovalRow): Approval {
  const { rules, spends, receives, recipients } = JSON.parse(row.shown) as StoredShown;
  const isStale = row.state === "PENDING" && row.execution_state !== "PENDING_APPROVAL";
  return {
    approvalId: row.approval_id,
    sequence: row.sequence,
    state: isStale ? "REJECTED" : (row.state as ApprovalState),
    requester: row.requester,
    keyId: row.key_id,
    summary: row.summary,
    rules,
    spends: spends.map(toFlow),
    receives: receives.map(toFlow),
    recipients,
    maxWorseningBps: row.max_worsening_bps,
    expireMs: row.expire_ms,
    createdMs: row.created_ms,
    decidedMs: row.decided_ms ?? undefined,
  };
}

function storedFlow({ asset, amount, microUsd }: Flow): StoredFlow {
  const flow = { asset, amount: String(amount) };
  return microUsd === undefined ? flow : { ...flow, microUsd: String(microUsd) };
}

function toFlow({ asset, amount, microUsd }: StoredFlow): Flow {
  return {
    asset,
    amount: BigInt(amount),
    microUsd: microUsd === undefined ? undefined : BigInt(microUsd),
  };
}
