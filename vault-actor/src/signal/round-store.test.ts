import { expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { migrate } from "../storage/migrate.ts";
import { noteRound, readRound } from "./round-store.ts";

test("a round is noted when something else is written, else rarely, and never goes back", () => {
  const db = nodeDatabase();
  migrate(db);
  expect(readRound(db)).toBe(0n);
  noteRound(db, 5n, false, 1000);
  expect(readRound(db)).toBe(5n);
  const { written } = db.rows;
  noteRound(db, 6n, false, 2000);
  expect(db.rows.written).toBe(written);
  noteRound(db, 7n, true, 3000);
  expect(readRound(db)).toBe(7n);
  noteRound(db, 4n, true, 4000);
  expect(readRound(db)).toBe(7n);
  noteRound(db, 8n, false, 603_000);
  expect(readRound(db)).toBe(8n);
});
