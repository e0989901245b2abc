import { describe, expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { ledgerMigration } from "../storage/migrations/0002-ledger.ts";
import { auditMigration } from "../storage/migrations/0015-audit.ts";
import { causedBy, noteAct } from "./cause.ts";
import { canonicalFacts, firstBreak } from "./entry.ts";
import { append, list, listProved } from "./store.ts";

const proof = {
  keyId: "ed25519:k",
  base: new Uint8Array([1, 2, 3]),
  signature: new Uint8Array([4, 5]),
};
const fact = (subject: string) =>
  ({ kind: "TRIGGER_CHANGED", actor: "ed25519:k", subject, facts: { n: "1" } }) as const;

describe("the ledger", () => {
  const empty = () => {
    const db = nodeDatabase();
    const statements = [...ledgerMigration.statements, ...auditMigration.statements];
    for (const statement of statements) db.run(statement);
    return db;
  };
  const filled = () => {
    const db = empty();
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

  test("keeps the hash of what was written before proofs were", () => {
    const db = nodeDatabase();
    for (const statement of ledgerMigration.statements) db.run(statement);
    db.run(
      `INSERT INTO ledger VALUES (1, 7, 'VAULT_FROZEN', 'k', 's', '{}', zeroblob(32),
       x'e45d5ee0c3e0a238f91c2c2871a1bd74e9e3690d4ae91c4a5769a7ca8c4f4462')`,
    );
    for (const statement of auditMigration.statements) db.run(statement);
    causedBy(db, proof, () => append(db, 8, fact("a")));
    const [second, first] = list(db, 100, 10);
    // Computed beforehand: SHA-256 of 32 zero bytes and 1, 7, "VAULT_FROZEN", "k", "s", "{}".
    expect(first?.proofDigest).toBeUndefined();
    expect(second?.proofDigest).toHaveLength(32);
    expect(firstBreak([first, second].flatMap((entry) => entry ?? []))).toBeUndefined();
  });

  test("ties every entry of a call to its proof, which is kept once", () => {
    const db = empty();
    append(db, 1, fact("before"));
    causedBy(db, proof, () => {
      append(db, 2, fact("a"));
      append(db, 2, fact("b"));
    });
    append(db, 3, fact("after"));
    const proofs = listProved(db, 0, 100, 100).map((entry) => entry.proof?.keyId);
    expect(proofs).toEqual([undefined, "ed25519:k", "ed25519:k", undefined]);
    // A page that begins within the call finds the proof, and ends where it is told to.
    expect(listProved(db, 2, 3, 100).map((entry) => entry.proof)).toEqual([proof]);
    const stored = db.all("SELECT 1 AS one FROM ledger WHERE proof_base IS NOT NULL");
    expect(stored).toHaveLength(1);
    expect(firstBreak(listProved(db, 0, 100, 100))).toBeUndefined();
  });

  test.each([
    ["a removed digest", "UPDATE ledger SET proof_digest = NULL WHERE sequence = 1"],
    ["another digest", "UPDATE ledger SET proof_digest = zeroblob(32) WHERE sequence = 1"],
  ])("shows %s", (_, sql) => {
    const db = empty();
    causedBy(db, proof, () => append(db, 2, fact("a")));
    db.run(sql);
    expect(firstBreak(list(db, 100, 10))).toBe(1);
  });

  test("says once what members consented to", () => {
    const db = empty();
    causedBy(db, proof, () => {
      noteAct(db, { type: "Unfreeze", digest: "0x01", proofs: "AA==" });
      append(db, 2, fact("a"));
      append(db, 2, fact("b"));
    });
    const facts = listProved(db, 0, 100, 100).map((entry) => JSON.parse(entry.facts));
    expect(facts).toEqual([
      { act: "Unfreeze", act_digest: "0x01", act_proofs: "AA==", n: "1" },
      { n: "1" },
    ]);
  });

  test("forgets the call when it fails", () => {
    const db = empty();
    const failing = () =>
      causedBy(db, proof, () => {
        throw new Error("refused");
      });
    expect(failing).toThrow("refused");
    append(db, 3, fact("after"));
    expect(list(db, 100, 10)[0]?.proofDigest).toBeUndefined();
  });
});
