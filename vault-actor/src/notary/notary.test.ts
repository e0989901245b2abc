import { describe, expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { importKek } from "../keyring/kek.ts";
import { createNotaryMac } from "../keyring/notary-mac.ts";
import { createNotaryClient } from "./client.ts";
import { createNotary } from "./notary.ts";
import type { Note } from "./note.ts";
import { decodeNote, encodeNote, encodeRequest } from "./wire.ts";

const vaultId = `eip155:1:0x${"a".repeat(40)}`;
const owner = { id: vaultId, kind: "EOA", role: "OWNER" } as const;

function note(claimEpoch: number, generation: number, sequence: number, root = "1"): Note {
  return {
    vaultId,
    head: { claimEpoch, generation, sequence, root: `0x${root.repeat(64)}` },
    authority: { members: [owner], threshold: 1, epoch: 3, version: 2 },
    holds: [
      {
        executionId: "e1",
        keyId: "k1",
        triggerId: "t1",
        operation: { sender: "0xbb", nonce: "0x10", hash: "0xcc" },
        amounts: new Map([["eip155:1/slip44:60", 5n]]),
        atMs: 1_800_000_000_123,
        operations: 1,
      },
      {
        executionId: "e2",
        keyId: "",
        triggerId: "t1",
        operation: undefined,
        amounts: new Map([["eip155:1/slip44:60", 7n]]),
        atMs: 1_800_000_000_124,
        operations: 4,
      },
    ],
  };
}

const macOf = (...fills: readonly number[]) =>
  createNotaryMac(async () => ({
    current: fills.length,
    byVersion: new Map(
      await Promise.all(
        fills.map(
          async (fill, index) =>
            [index + 1, await importKek(new Uint8Array(32).fill(fill))] as const,
        ),
      ),
    ),
  }));

function setUp(mac = macOf(7), theirs = mac) {
  const db = nodeDatabase();
  const faults: string[] = [];
  const notary = createNotary({ db, vaultId, verify: theirs.verify });
  const client = createNotaryClient({
    fetch: (_, request) => notary(request),
    sign: mac.sign,
    onFault: (fault) => faults.push(String(fault)),
  });
  const tables = () => db.all("SELECT name FROM sqlite_master").length;
  return { db, notary, client, faults, tables, mac };
}

const accepted = { ok: true, value: true };
const refused = { ok: true, value: false };

describe("a notary", () => {
  test("holds the latest note, with everything that is in it", async () => {
    const { client } = setUp();
    expect(await client.put(note(1, 0, 5))).toEqual(accepted);
    expect(await client.put(note(1, 0, 9, "2"))).toEqual(accepted);
    expect(await client.ask(vaultId)).toEqual({ ok: true, value: note(1, 0, 9, "2") });
    expect(decodeNote(encodeNote(note(1, 0, 9)))).toEqual(note(1, 0, 9));
  });

  test.each([
    ["an older one", note(2, 1, 4), refused],
    ["another one for the same place", note(2, 1, 5, "f"), refused],
    ["one of an earlier generation", note(2, 0, 99), refused],
    ["one of an earlier claim", note(1, 9, 99), refused],
    ["the same again", note(2, 1, 5), accepted],
    ["a later one", note(2, 1, 6), accepted],
    ["one of a later generation", note(2, 2, 1), accepted],
    ["one of a later claim", note(3, 0, 1), accepted],
  ])("is sent %s", async (_, sent, outcome) => {
    const { client } = setUp();
    await client.put(note(2, 1, 5));
    expect(await client.put(sent)).toEqual(outcome);
    const held = outcome === accepted ? sent : note(2, 1, 5);
    expect(await client.ask(vaultId)).toEqual({ ok: true, value: held });
  });

  test("writes nothing when it is asked", async () => {
    const { client, tables } = setUp();
    expect(await client.ask(vaultId)).toEqual({ ok: true, value: undefined });
    expect(tables()).toBe(0);
  });

  test("takes nothing that the deployment's key does not vouch for", async () => {
    const { client, faults, tables } = setUp(macOf(8), macOf(7));
    expect(await client.put(note(1, 0, 1))).toEqual({ ok: false, error: "unavailable" });
    expect(await client.ask(vaultId)).toEqual({ ok: false, error: "unavailable" });
    expect(faults).toEqual(Array(2).fill("Error: the notary answers 403"));
    expect(tables()).toBe(0);
  });

  test("takes both keys' word while the key-encryption key is rotated", async () => {
    const rotating = macOf(7, 8);
    const { client } = setUp(macOf(7), rotating);
    expect(await client.put(note(1, 0, 1))).toEqual(accepted);
    expect(await setUp(rotating).client.put(note(1, 0, 1))).toEqual(accepted);
  });

  test.each([
    ["no request", async () => new Uint8Array([255, 255, 255])],
    [
      "no note",
      async (mac: ReturnType<typeof macOf>) => {
        const bytes = new Uint8Array([8, 1, 255]);
        return encodeRequest(bytes, await mac.sign(vaultId, bytes));
      },
    ],
    [
      "another vault's note",
      async (mac: ReturnType<typeof macOf>) => {
        const bytes = encodeNote({ ...note(1, 0, 1), vaultId: `eip155:1:0x${"b".repeat(40)}` });
        return encodeRequest(bytes, await mac.sign(vaultId, bytes));
      },
    ],
  ])("answers 400 to %s", async (_, bodyOf) => {
    const { notary, mac, tables } = setUp();
    const body = await bodyOf(mac);
    const answer = await notary(new Request("http://notary/", { method: "POST", body }));
    expect(answer.status).toBe(400);
    expect(tables()).toBe(0);
  });
});
