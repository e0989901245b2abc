/** What conditions want to know of chains, read as often as it is worth it and kept in memory. */
import type { ChainRead, ChainReading, LogFilter, LogPage } from "../chain/chain-read.ts";
import type { ChainReader } from "../chain/chain-reader.ts";
import { dropCursors, readCursor, writeCursor } from "../chain/cursor-store.ts";
import { type LogCursor, requestFor } from "../chain/log-request.ts";
import type { Database } from "../storage/database.ts";
import type { Dependency } from "./leaf-kind.ts";

/** The most values that are read in one look; the rest follow in the next. */
export const maxReadsOfLook = 256;

/** Creates the memory of one vault. */
export function createChainInputs(deps: {
  readonly db: Database;
  readonly reader: ChainReader;
  readonly now: () => number;
}) {
  const { db, reader, now } = deps;
  let chain: ReadonlyMap<string, ChainReading> = new Map();
  let logs: ReadonlyMap<string, LogPage> = new Map();
  let askedMs = new Map<string, number>();
  const cursors = new Map<string, LogCursor>();

  const dueMs = (key: string, chainId: number, nowMs: number): number => {
    const asked = askedMs.get(key);
    // A clock that was set back must not stop the reading.
    if (asked === undefined || asked > nowMs) return nowMs;
    return asked + reader.pauseMs(chainId);
  };

  return {
    /** Reads what is due of `wanted`. What can't be read keeps its last value, and its age. */
    async read(wanted: readonly Dependency[]): Promise<void> {
      const { reads, filters } = distinct(wanted);
      const nowMs = now();
      const isDue = (one: { readonly key: string; readonly chainId: number }) =>
        dueMs(one.key, one.chainId, nowMs) <= nowMs;
      // The one that waited longest comes first, so that none waits for ever.
      const due = reads
        .filter(isDue)
        .sort((a, b) => (askedMs.get(a.key) ?? 0) - (askedMs.get(b.key) ?? 0))
        .slice(0, maxReadsOfLook);
      const dueFilters = filters.filter(isDue);
      for (const { key } of [...due, ...dueFilters]) askedMs.set(key, nowMs);
      const requests = dueFilters.map((filter) =>
        requestFor(filter, cursors.get(filter.key) ?? readCursor(db, filter.key)),
      );
      const [values, pages] = await Promise.all([
        due.length === 0 ? new Map<string, ChainReading>() : reader.read(due),
        requests.length === 0 ? new Map<string, LogPage>() : reader.readLogs(requests),
      ]);
      chain = kept(chain, values, new Set(reads.map(({ key }) => key)));
      logs = kept(logs, pages, new Set(filters.map(({ key }) => key)));
      const known = new Set([...reads, ...filters].map(({ key }) => key));
      askedMs = new Map([...askedMs].filter(([key]) => known.has(key)));
    },

    values: () => chain,
    logs: () => logs,

    /** Notes how far logs were read: part of the transaction that acts on them. */
    write(nowMs: number): void {
      for (const [key, page] of logs) writeCursor(db, key, page, nowMs);
    },

    /** Forgets how far the logs were read that nobody asks for any more. */
    drop(wanted: readonly Dependency[]): void {
      const filters = new Set(distinct(wanted).filters.map(({ key }) => key));
      dropCursors(db, filters);
      for (const key of cursors.keys()) if (!filters.has(key)) cursors.delete(key);
    },

    /** That transaction is written: the next look goes on from there. */
    done(): void {
      for (const [key, page] of logs) {
        cursors.set(key, { nextBlock: page.toBlock + 1n, atMs: page.readMs });
      }
    },

    /** When the next of `wanted` is worth reading. `Infinity`: never. */
    nextMs(wanted: readonly Dependency[]): number {
      const { reads, filters } = distinct(wanted);
      const nowMs = now();
      return [...reads, ...filters].reduce(
        (next, { key, chainId }) => Math.min(next, dueMs(key, chainId, nowMs)),
        Number.POSITIVE_INFINITY,
      );
    },
  };
}

function kept<T>(
  before: ReadonlyMap<string, T>,
  read: ReadonlyMap<string, T>,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, T> {
  if (read.size === 0 && [...before.keys()].every((key) => wanted.has(key))) return before;
  return new Map([...before, ...read].filter(([key]) => wanted.has(key)));
}

function distinct(wanted: readonly Dependency[]) {
  const reads = new Map<string, ChainRead>();
  const filters = new Map<string, LogFilter>();
  for (const one of wanted) {
    if (one.kind === "chain") reads.set(one.read.key, one.read);
    if (one.kind === "logs") filters.set(one.filter.key, one.filter);
  }
  return { reads: [...reads.values()], filters: [...filters.values()] };
}
