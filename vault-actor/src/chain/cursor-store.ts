/**
 * Stores up to which block the logs of each filter were read.
 *
 * Written late: a row a look would be dear, and what is read twice counts once.
 */
import type { Database } from "../storage/database.ts";
import type { LogPage } from "./chain-read.ts";
import type { LogCursor } from "./log-request.ts";

type CursorRow = { next_block: number; at_ms: number };

/** How many blocks, and for how long, a cursor may lag behind what was read without logs. */
const maxLagBlocks = 256n;
const maxLagMs = 600_000;

/** Reads the cursor of a filter. */
export function readCursor(db: Database, filter: string): LogCursor | undefined {
  const row = db.one<CursorRow>(
    "SELECT next_block, at_ms FROM log_cursor WHERE filter = ?",
    filter,
  );
  return row && { nextBlock: BigInt(row.next_block), atMs: row.at_ms };
}

/**
 * Notes that a page was read and acted on: part of the transaction that acts on it. Writes only
 * when the filter is new, logs were found in blocks that were not read before, or the cursor
 * lags far behind. Never goes back.
 */
export function writeCursor(db: Database, filter: string, page: LogPage, nowMs: number): void {
  const cursor = readCursor(db, filter);
  const nextBlock = page.toBlock + 1n;
  if (cursor !== undefined && !isWorthWriting(cursor, nextBlock, page, nowMs)) return;
  db.run(
    `INSERT INTO log_cursor (filter, next_block, at_ms) VALUES (?, ?, ?)
     ON CONFLICT (filter) DO UPDATE SET next_block = excluded.next_block, at_ms = excluded.at_ms`,
    filter,
    Number(nextBlock),
    nowMs,
  );
}

/** Drops the cursors of filters that no trigger asks for any more. */
export function dropCursors(db: Database, wanted: ReadonlySet<string>): void {
  for (const { filter } of db.all<{ filter: string }>("SELECT filter FROM log_cursor")) {
    if (!wanted.has(filter)) db.run("DELETE FROM log_cursor WHERE filter = ?", filter);
  }
}

function isWorthWriting(
  cursor: LogCursor,
  nextBlock: bigint,
  page: LogPage,
  nowMs: number,
): boolean {
  if (nextBlock <= cursor.nextBlock) return false;
  return (
    nextBlock - cursor.nextBlock >= maxLagBlocks ||
    nowMs - cursor.atMs >= maxLagMs ||
    page.logs.some(({ blockNumber }) => blockNumber >= cursor.nextBlock)
  );
}
