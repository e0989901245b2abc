/** Writes what became of what an execution holds against the limits, when it has ended. */
import type { Database } from "../storage/database.ts";

/** How the fee is held: an asset of its own, `fee/` and the native asset's CAIP-19 id. */
const feePattern = "fee/%";

/** Whether a held amount is what the operation may pay for its inclusion. */
export function isFee(asset: string): boolean {
  return asset.startsWith("fee/");
}

/**
 * Returns all but the fee, which was paid: `fee` in base units of the native asset. Absent: it
 * may still be, and counts as held.
 */
export function releaseButFee(db: Database, executionId: string, fee: bigint | undefined): void {
  db.run(
    "UPDATE spend SET state = 'RELEASED' WHERE execution_id = ? AND asset NOT LIKE ?",
    executionId,
    feePattern,
  );
  db.run(
    `UPDATE spend SET state = 'SETTLED', settled = coalesce(?, reserved)
     WHERE execution_id = ? AND asset LIKE ?`,
    fee === undefined ? null : String(fee),
    executionId,
    feePattern,
  );
}
