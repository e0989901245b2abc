import { describe, expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { ledgerMigration } from "../storage/migrations/0002-ledger.ts";
import { canonicalFacts, firstBreak } from "./entry.ts";
import { append, list } from "./store.ts";

describe("the ledger", () => {
  const filled = () => {
    const db = nodeDatabase();
    for (const statement of ledgerMigration.statements) db.run(statement);
    for (const n of [1, 2, 3]) {
      append(db, n, {
        kind: "TRIGGER_FIRED",
        actor: "vault",
        subject: `s${n}`,
        facts: { n: `${n}` },
      });
    }
    return db;
  };

  test("numbers entries without gaps and links each to the one before", () => {
    const entries = [...list(filled(), 100, 10)].reverse();
    expect(entries.map((entry) => entry.sequence)).toEqual([1, 2, 3]);
    expect(firstBreak(entries)).toBeUndefined();
  });

  test.each([
    ["a changed fact", "UPDATE ledger SET facts = '{}' WHERE sequence = 2", 2],
    ["a changed time", "UPDATE ledger SET time_ms = 9 WHERE sequence = 3", 3],
    ["a removed entry", "DELETE FROM ledger WHERE sequence = 2", 3],
    ["a changed actor", "UPDATE ledger SET actor = 'x' WHERE sequence = 1", 1],
  ])("shows %s", (_, sql, sequence) => {
    const db = filled();
    db.run(sql);
    expect(firstBreak([...list(db, 100, 10)].reverse())).toBe(sequence);
  });

  test("writes facts with sorted keys", () => {
    expect(canonicalFacts({ b: "2", a: '"' })).toBe('{"a":"\\"","b":"2"}');
  });
});
