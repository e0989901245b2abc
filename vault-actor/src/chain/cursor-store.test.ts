import { beforeEach, describe, expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import type { Database } from "../storage/database.ts";
import { migrate } from "../storage/migrate.ts";
import { migrations } from "../storage/migrations.ts";
import type { LogPage } from "./chain-read.ts";
import { dropCursors, readCursor, writeCursor } from "./cursor-store.ts";
import { requestFor } from "./log-request.ts";
import { logFilter } from "./reads.ts";

const contract = { chainId: 1, address: `0x${"c".repeat(40)}` } as const;
const filter = (confirmations: number) => logFilter(contract, `0x${"1".repeat(64)}`, confirmations);
const page = (toBlock: bigint, ...blocks: readonly bigint[]): LogPage => ({
  fromBlock: 1n,
  toBlock,
  readMs: 0,
  logs: blocks.map((blockNumber) => ({
    blockNumber,
    transactionHash: "0x",
    ordinal: 0,
    topics: [],
    data: "0x",
    timeMs: 0,
  })),
});

let db: Database;
beforeEach(() => {
  db = nodeDatabase();
  migrate(db, migrations);
  writeCursor(db, "a", page(1_000n), 0);
});
const next = () => readCursor(db, "a")?.nextBlock;

describe("how far logs were read", () => {
  test("a new filter is noted at once", () => {
    expect(readCursor(db, "a")).toEqual({ nextBlock: 1_001n, atMs: 0 });
    expect(readCursor(db, "b")).toBeUndefined();
  });

  test.each<readonly [string, LogPage, number, bigint]>([
    ["a few blocks without logs are not", page(1_255n), 0, 1_001n],
    ["many are", page(1_256n), 0, 1_257n],
    ["a few are after ten minutes", page(1_001n), 600_000, 1_002n],
    ["none are, however late", page(1_000n), 600_000, 1_001n],
    ["new logs are", page(1_001n, 1_001n), 0, 1_002n],
    ["logs that are read again are not", page(1_001n, 990n), 0, 1_001n],
    ["an earlier page is not", page(900n, 900n), 600_000, 1_001n],
  ])("%s", (_, read, nowMs, expected) => {
    const { generation } = db;
    writeCursor(db, "a", read, nowMs);
    expect(next()).toBe(expected);
    if (expected === 1_001n) expect(db.generation).toBe(generation);
  });

  test("what no trigger asks for is dropped", () => {
    writeCursor(db, "b", page(5n), 0);
    dropCursors(db, new Set(["b"]));
    expect(next()).toBeUndefined();
    expect(readCursor(db, "b")).toBeDefined();
  });

  test.each([
    [0, 1_000n, 936n],
    [200, 1_000n, 800n],
    [0, 10n, 0n],
  ])("with %d confirmations and %s the next, it is read again from %s", (count, at, from) => {
    const request = requestFor(filter(count), { nextBlock: at, atMs: 0 });
    expect(request).toEqual({ filter: filter(count), fromBlock: from, nextBlock: at });
  });
});
