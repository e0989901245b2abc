import { describe, expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { remember } from "./remember.ts";

function setUp() {
  const db = nodeDatabase();
  db.run("CREATE TABLE n (name TEXT PRIMARY KEY, v INTEGER NOT NULL)");
  db.run("INSERT INTO n (name, v) VALUES ('a', 1), ('b', 2)");
  let reads = 0;
  const read = remember((of, name) => {
    reads += 1;
    return of.one<{ v: number }>("SELECT v FROM n WHERE name = ?", name)?.v;
  });
  return { db, read, reads: () => reads };
}

describe("a remembered read", () => {
  test("reads once while nothing is written, each name by itself, absence too", () => {
    const { db, read, reads } = setUp();
    const answers = ["a", "b", "c", "a", "b", "c"].map((name) => read(db, name));
    expect(answers).toEqual([1, 2, undefined, 1, 2, undefined]);
    expect(reads()).toBe(3);
  });

  test("reads again after a write", () => {
    const { db, read } = setUp();
    read(db, "a");
    db.run("UPDATE n SET v = 5 WHERE name = 'a'");
    expect(read(db, "a")).toBe(5);
  });

  test("does not keep what a transaction saw and took back", () => {
    const { db, read } = setUp();
    const body = () => {
      db.run("UPDATE n SET v = 5 WHERE name = 'a'");
      expect(read(db, "a")).toBe(5);
      throw new Error("taken back");
    };
    expect(() => db.transaction(body)).toThrow("taken back");
    expect(read(db, "a")).toBe(1);
  });

  test("does not mix up two databases", () => {
    const { db, read } = setUp();
    const other = nodeDatabase();
    other.run("CREATE TABLE n (name TEXT PRIMARY KEY, v INTEGER NOT NULL)");
    other.run("INSERT INTO n (name, v) VALUES ('a', 9)");
    expect([read(db, "a"), read(other, "a"), read(db, "a")]).toEqual([1, 9, 1]);
  });

  test("stays small when strangers ask for many names", () => {
    const { db, read, reads } = setUp();
    for (let i = 0; i < 1000; i++) read(db, `stranger-${i}`);
    const before = reads();
    read(db, "stranger-999");
    expect(reads()).toBe(before);
    read(db, "stranger-0");
    expect(reads()).toBe(before + 1);
  });
});
