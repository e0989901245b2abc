/** What a revoked key asked for is not carried out, wherever it has come to. */
import { beforeEach, expect, test } from "vitest";
import { executionPorts } from "../../test/support/execution-ports.ts";
import { FakeChain } from "../../test/support/fake-chain.ts";
import {
  chain,
  eth,
  type OperatingVault,
  operatingVault,
  planned,
  startMs,
  submitted,
  target,
  vaultId,
} from "../../test/support/operating-vault.ts";
import { revokeKey } from "../identity/key-store.ts";
import { readAuthority, writeAuthority } from "../identity/vault-store.ts";
import { spendsOf } from "../policy/spend-store.ts";
import type { Database } from "../storage/database.ts";
import { createAdvance } from "./advance.ts";
import { attemptsOf } from "./attempt-store.ts";
import { voidCallData } from "./session-operation.ts";
import { readExecution } from "./store.ts";

let vault: OperatingVault;
let nowMs = startMs;

beforeEach(async () => {
  nowMs = startMs;
  vault = await operatingVault({
    calls: [{ target, selectors: ["0x"] }],
    recipients: [target],
    assets: [{ asset: eth, maxPerOperation: "60" }],
  });
  planned(vault, "e1", nowMs);
});

const blockA = `0x${"a".repeat(64)}` as const;
const doesNothing = voidCallData("0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");

const now = () => nowMs;
const advanceWith = (outside: FakeChain) =>
  createAdvance({
    ...vault,
    chains: new Map([[1, chain]]),
    vaultId: () => vaultId,
    secure: async () => true,
    ...executionPorts,
    rpcFor: () => outside.rpc,
    now,
  });
const fakeChain = () =>
  new FakeChain(() => readExecution(vault.db, "e1")?.signed ?? expect.unreachable("not signed"));

const endings: [string, (db: Database) => void][] = [
  ["revoked", (db) => revokeKey(db, "k1", startMs)],
  ["of another epoch", (db) => writeAuthority(db, readAuthority(db).members, 1)],
];

test("a key's plan is signed while the key is good", async () => {
  expect(await submitted(vault, "e1", 50n, now)).toEqual({ ok: true, value: "signed" });
});

test.each(endings)("a key %s has nothing signed", async (_, end) => {
  end(vault.db);
  expect(await submitted(vault, "e1", 50n, now)).toMatchObject({
    ok: false,
    error: { reason: "POLICY_REFUSED", metadata: { rule: "key" } },
  });
  expect(readExecution(vault.db, "e1")?.state).toBe("PLANNED");
  expect(spendsOf(vault.db, "e1")).toEqual([]);
});

test.each(endings)(
  "what a key %s had signed is voided, and what it held is free",
  async (_, end) => {
    const outside = fakeChain();
    await submitted(vault, "e1", 50n, now);
    end(vault.db);
    expect(await advanceWith(outside)("e1")).toMatchObject({ kind: "again" });
    expect(outside.sent.map(({ callData }) => callData)).toEqual([doesNothing]);
    expect(spendsOf(vault.db, "e1").map(({ state }) => state)).toEqual(["HELD"]);
    outside.landing = { block: 11, blockHash: blockA };
    outside.latest = 13;
    expect(await advanceWith(outside)("e1")).toEqual({ kind: "done" });
    expect(readExecution(vault.db, "e1")).toMatchObject({
      state: "FAILED",
      failure: { reason: "POLICY_REFUSED" },
    });
    expect(spendsOf(vault.db, "e1").map(({ state }) => state)).toEqual(["RELEASED"]);
  },
);

test.each(endings)(
  "what was sent before its key was %s is not sent again, and settles if it lands all the same",
  async (_, end) => {
    const outside = fakeChain();
    await submitted(vault, "e1", 50n, now);
    await advanceWith(outside)("e1");
    const [first] = attemptsOf(vault.db, "e1");
    end(vault.db);
    nowMs += 60_000;
    await advanceWith(outside)("e1");
    expect(outside.sent.map(({ callData }) => callData)).toEqual([
      first?.userOperation.callData,
      doesNothing,
    ]);
    expect(readExecution(vault.db, "e1")?.state).toBe("SENT");
    outside.landing = { block: 11, blockHash: blockA, ...(first && { hash: first.hash }) };
    outside.latest = 13;
    await advanceWith(outside)("e1");
    expect(readExecution(vault.db, "e1")?.state).toBe("FINAL");
    expect(spendsOf(vault.db, "e1").map(({ state }) => state)).toEqual(["SETTLED"]);
  },
);
