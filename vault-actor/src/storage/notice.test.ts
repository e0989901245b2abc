import { expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { noticeWrites } from "./notice.ts";

function noticed() {
  const { db, whenWritten } = noticeWrites(nodeDatabase());
  db.run("CREATE TABLE t (n INTEGER)");
  const seen: number[] = [];
  whenWritten(() => seen.push(db.all("SELECT * FROM t").length));
  return { db, seen, insert: () => db.run("INSERT INTO t VALUES (1)") };
}

test("a write alone is told at once", () => {
  const { seen, insert } = noticed();
  insert();
  expect(seen).toEqual([1]);
});

test("a transaction is told once, when all of it is written", () => {
  const { db, seen, insert } = noticed();
  db.transaction(() => {
    insert();
    db.transaction(insert);
    expect(seen).toEqual([]);
  });
  expect(seen).toEqual([2]);
});

test("what is taken back is not told, and does not silence what follows", () => {
  const { db, seen, insert } = noticed();
  const fails = () =>
    db.transaction(() => {
      insert();
      throw new Error("no");
    });
  expect(fails).toThrow("no");
  expect(seen).toEqual([]);
  insert();
  expect(seen).toEqual([1]);
});

test("a read tells nothing, and the count of writes is the database's own", () => {
  const { db, seen } = noticed();
  const before = db.generation;
  db.one("SELECT * FROM t");
  expect(seen).toEqual([]);
  expect(db.generation).toBe(before);
});
