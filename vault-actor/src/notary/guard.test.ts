/** A vault and its notary, when the line between them is bad or the vault dies. */
import { describe, expect, test } from "vitest";
import { reasonOf } from "#protocol/errors";
import { generateEd25519Signer } from "#protocol/proof/signer";
import { NodeVault } from "../../test/support/node-vault.ts";
import { claim } from "../../test/support/node-vault-acts.ts";
import { list } from "../ledger/store.ts";
import { readHeld } from "./held-store.ts";
import { readHead } from "./store.ts";
import { decodeNote } from "./wire.ts";

const outcome = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);
const requestId = () => crypto.randomUUID();

async function setUp() {
  const vault = new NodeVault();
  const signer = await generateEd25519Signer();
  await claim(vault, signer);
  const { vault: api } = vault.clientOf(signer);
  const freeze = (id = requestId()) => api.freezeVault({ name: vault.name, requestId: id });
  const read = () => api.getVault({ name: vault.name });
  const held = () => decodeNote(readHeld(vault.notaryDb) ?? new Uint8Array()).head;
  const kinds = () => list(vault.db, 100, 100).map(({ kind }) => kind);
  return { vault, freeze, read, held, kinds };
}

describe("a vault whose notary", () => {
  test("answers is asked once, and told of every change before the change is answered", async () => {
    const { vault, freeze, read, held } = await setUp();
    expect(held()).toEqual(readHead(vault.db));
    const before = vault.calls;
    await read();
    await read();
    expect(vault.calls).toBe(before);
    await freeze();
    expect(vault.calls).toBe(before + 1);
    expect(held()).toEqual(readHead(vault.db));
    // What changes nothing is in the ledger too, because a key asked for it.
    await freeze();
    expect(vault.calls).toBe(before + 2);
  });

  test("can't be asked serves nothing and does nothing, and looks again soon", async () => {
    const { vault, freeze, read, kinds } = await setUp();
    vault.crash();
    vault.line = "down";
    const before = readHead(vault.db);
    expect([await outcome(read()), await outcome(freeze())]).toEqual([
      "UNAVAILABLE",
      "UNAVAILABLE",
    ]);
    vault.db.run("INSERT OR REPLACE INTO job VALUES ('forget', '', 0, 0)");
    await vault.runtime.alarm();
    expect(vault.db.one("SELECT due_ms FROM job")).toEqual({ due_ms: 0 });
    expect(vault.alarmMs).toBe(vault.nowMs + 10_000);
    expect(readHead(vault.db)).toEqual(before);
    vault.line = "up";
    expect([await outcome(read()), await outcome(freeze())]).toEqual(["ok", "ok"]);
    expect(kinds()).toEqual(["VAULT_FROZEN", "VAULT_CLAIMED"]);
  });

  test.each(["down", "lost"] as const)(
    "is %s when a change is to be noted: the change stands, and a repeat is answered",
    async (line) => {
      const { vault, freeze, read, held, kinds } = await setUp();
      vault.line = line;
      const id = requestId();
      expect(await outcome(freeze(id))).toBe("UNAVAILABLE");
      expect((await read()).vault?.freeze).toBeDefined();
      vault.line = "up";
      expect(await outcome(freeze(id))).toBe("ok");
      expect(held()).toEqual(readHead(vault.db));
      expect(kinds()).toEqual(["VAULT_FROZEN", "VAULT_CLAIMED"]);
    },
  );

  test("missed the last changes is told after a crash, and nothing else happens", async () => {
    const { vault, freeze, read, held, kinds } = await setUp();
    vault.line = "down";
    await outcome(freeze());
    vault.crash();
    vault.line = "up";
    expect(await outcome(read())).toBe("ok");
    expect(held()).toEqual(readHead(vault.db));
    expect(kinds()).toEqual(["VAULT_FROZEN", "VAULT_CLAIMED"]);
  });

  test("is told once of changes that come together", async () => {
    const { vault, freeze, held } = await setUp();
    const before = vault.calls;
    await Promise.all([freeze(), freeze(), freeze()]);
    // One note is under way when the last two are committed; one more holds both.
    expect(vault.calls).toBe(before + 2);
    expect(held()).toEqual(readHead(vault.db));
  });

  test("holds another history of it: it stops, finds out, and is put right", async () => {
    const { vault, freeze, read, kinds } = await setUp();
    // Another incarnation of the vault went on meanwhile.
    const earlier = vault.db.all("SELECT * FROM ledger");
    await freeze();
    vault.db.run("DELETE FROM ledger WHERE sequence > ?", earlier.length);
    vault.db.run("UPDATE vault SET frozen_ms = NULL");
    vault.wait(1);
    expect(await outcome(freeze())).toBe("UNAVAILABLE");
    expect(vault.faults).toContain("notary: Error: the notary holds another history of this vault");
    expect(await outcome(read())).toBe("PROOF_REJECTED");
    expect(kinds()).toEqual(["VAULT_RESTORED", "VAULT_FROZEN", "VAULT_CLAIMED"]);
    expect(vault.db.one("SELECT frozen_by FROM vault")).toEqual({ frozen_by: "vault" });
  });

  test("does not answer a claim: nothing is written", async () => {
    const vault = new NodeVault();
    vault.line = "down";
    expect(await outcome(claim(vault, await generateEd25519Signer()))).toBe("UNAVAILABLE");
    expect(vault.db.all("SELECT name FROM sqlite_master")).toEqual([]);
  });
});
