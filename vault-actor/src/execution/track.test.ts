import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { IntentSchema } from "#gen/vault/v1/intent";
import { FakeChain } from "../../test/support/fake-chain.ts";
import {
  account,
  chain,
  deploying,
  eth,
  operatingVault,
  planned,
  startMs,
  submitted,
  target,
  vaultId,
} from "../../test/support/operating-vault.ts";
import { writeFreeze } from "../identity/vault-store.ts";
import { spendsOf } from "../policy/spend-store.ts";
import { insertSession, installPermission, readSession, revokeSession } from "../session/store.ts";
import { createAdvance } from "./advance.ts";
import { readExecution } from "./store.ts";

const token = "0xcccccccccccccccccccccccccccccccccccccccc" as const;
const stranger = "0x9999999999999999999999999999999999999999" as const;
const blockA = `0x${"a".repeat(64)}` as const;
const blockB = `0x${"b".repeat(64)}` as const;

/** An execution that is signed and not yet sent. */
async function signed(deploys = false) {
  const vault = await operatingVault({
    calls: [{ target, selectors: ["0x"] }],
    recipients: [target],
    assets: [{ asset: eth, maxPerOperation: "60" }],
  });
  let nowMs = startMs;
  planned(vault, "e1", nowMs);
  await submitted(vault, "e1", 50n, () => nowMs, deploys ? deploying(vault) : {});
  const read = () => {
    const execution = readExecution(vault.db, "e1");
    if (execution === undefined) throw new Error("no execution");
    return execution;
  };
  const outside = new FakeChain(() => {
    const operation = read().signed;
    if (operation === undefined) throw new Error("nothing is signed");
    return operation;
  });
  const advance = createAdvance({
    ...vault,
    chains: new Map([[1, chain]]),
    vaultId: () => vaultId,
    secure: async () => true,
    rpcFor: () => outside.rpc,
    now: () => nowMs,
  });
  return {
    vault,
    outside,
    read,
    step: () => advance("e1"),
    wait: (ms: number) => {
      nowMs += ms;
    },
    held: () => spendsOf(vault.db, "e1").map(({ state, settled }) => ({ state, settled })),
    ledger: () =>
      vault.db
        .all<{ kind: string }>("SELECT kind FROM ledger ORDER BY sequence")
        .map(({ kind }) => kind),
  };
}

describe("following a signed operation", () => {
  test("sent, included, final, settled", async () => {
    const { outside, step, read, held, ledger } = await signed();
    expect(await step()).toMatchObject({ kind: "again" });
    expect(read().state).toBe("SENT");
    outside.landing = { block: 11, blockHash: blockA };
    outside.latest = 11;
    await step();
    expect(read()).toMatchObject({ state: "INCLUDED", fee: 5n });
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
    outside.latest = 13;
    expect(await step()).toEqual({ kind: "done" });
    expect(read().state).toBe("FINAL");
    expect(held()).toEqual([{ state: "SETTLED", settled: 50n }]);
    expect(ledger()).toEqual(["OPERATION_SIGNED", "OPERATION_INCLUDED", "OPERATION_SETTLED"]);
    expect(await step()).toEqual({ kind: "done" });
    expect(ledger()).toHaveLength(3);
  });

  test("what came in is counted from this operation alone, not from others of the bundle", async () => {
    const { outside, step, vault } = await signed();
    const moves = [
      { token, from: stranger, to: account, amount: 7n },
      { token, from: account, to: stranger, amount: 2n },
    ];
    outside.landing = { block: 11, blockHash: blockA, moves };
    outside.latest = 13;
    await step();
    await step();
    const row = vault.db.one<{ facts: string }>(
      "SELECT facts FROM ledger WHERE kind = 'OPERATION_SETTLED'",
    );
    expect(JSON.parse(row?.facts ?? "{}")).toMatchObject({
      [`received eip155:1/erc20:${token}`]: "7",
    });
  });

  test("a block that is dropped takes the inclusion back, and another one includes it again", async () => {
    const { outside, step, read, held, ledger } = await signed();
    await step();
    outside.landing = { block: 11, blockHash: blockA };
    outside.latest = 11;
    await step();
    outside.landing = undefined;
    await step();
    expect(read()).toMatchObject({ state: "SENT", inclusion: undefined });
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
    outside.landing = { block: 12, blockHash: blockB };
    outside.latest = 14;
    await step();
    expect(read()).toMatchObject({ state: "FINAL", inclusion: { blockHash: blockB } });
    expect(ledger()).toEqual([
      "OPERATION_SIGNED",
      "OPERATION_INCLUDED",
      "OPERATION_REORGANISED",
      "OPERATION_INCLUDED",
      "OPERATION_SETTLED",
    ]);
  });

  test("a revert on the chain fails it and frees what it held, after its block is final", async () => {
    const { outside, step, read, held } = await signed();
    await step();
    outside.landing = { block: 11, blockHash: blockA, success: false };
    outside.latest = 12;
    await step();
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
    outside.latest = 13;
    await step();
    expect(read()).toMatchObject({
      state: "FAILED",
      failure: { reason: "CHAIN_REFUSED", enforcedBy: "CHAIN" },
    });
    expect(held()).toEqual([{ state: "RELEASED", settled: undefined }]);
  });

  test("a bundler's refusal frees nothing, and a landing that nobody recorded is found", async () => {
    const { outside, step, read, held, wait } = await signed();
    outside.sending = {
      kind: "final",
      reason: "AA25 invalid account nonce",
      code: -32500,
      data: "",
    };
    expect(await step()).toMatchObject({ kind: "retry" });
    expect(read().state).toBe("SIGNED");
    outside.landing = { block: 11, blockHash: blockA };
    wait(1000);
    await step();
    expect(read().state).toBe("INCLUDED");
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
  });

  test("a refused operation that lapsed fails, and what it holds stays held", async () => {
    const { outside, step, read, held, wait } = await signed();
    outside.sending = { kind: "final", reason: "AA23 reverted", code: -32500, data: "" };
    wait(600_001);
    await step();
    expect(read().state).toBe("FAILED");
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
  });

  test("an outage changes nothing", async () => {
    const { outside, step, read } = await signed();
    outside.reachable = false;
    expect(await step()).toMatchObject({ kind: "retry" });
    expect(read().state).toBe("SIGNED");
    outside.reachable = true;
    await step();
    outside.reachable = false;
    expect(await step()).toMatchObject({ kind: "retry" });
    expect(read().state).toBe("SENT");
  });

  test("without a trace the very same operation is sent again, and given up after a day", async () => {
    const { outside, step, read, held, wait } = await signed();
    await step();
    expect(outside.sends).toBe(1);
    const operation = read().signed;
    wait(6_000);
    await step();
    expect(outside.sends).toBe(2);
    expect(read().signed).toEqual(operation);
    wait(86_400_000);
    await step();
    expect(read().state).toBe("FAILED");
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
  });

  test("an operation that deploys an account which others deployed is taken back, and planned again", async () => {
    const { outside, step, read, held, ledger } = await signed(true);
    outside.sending = {
      kind: "final",
      reason: "AA10 sender already constructed",
      code: -32500,
      data: "",
    };
    expect(await step()).toMatchObject({ kind: "again" });
    expect(read().state).toBe("SIGNED");
    outside.deployed = true;
    // The empty intent of these tests can't be planned again: that ends it, with nothing held.
    await step();
    expect(read()).toMatchObject({ state: "FAILED", signed: undefined });
    expect(ledger().slice(0, 2)).toEqual(["OPERATION_SIGNED", "OPERATION_WITHDRAWN"]);
    expect(held()).toEqual([]);
  });

  test("what is planned again after that is bound to its session, whose lane it has", async () => {
    const { vault, outside, step, read } = await signed(true);
    outside.sending = {
      kind: "final",
      reason: "AA10 sender already constructed",
      code: -32500,
      data: "",
    };
    outside.deployed = true;
    // A whole intent this time, and another session that could act.
    const intent = create(IntentSchema, {
      chain: "eip155:1",
      action: {
        action: {
          case: "transfer",
          value: {
            asset: eth,
            amount: { amount: { case: "exact", value: "50" } },
            recipient: target,
          },
        },
      },
    });
    vault.db.run("UPDATE execution SET intent = ?", new Uint8Array(toBinary(IntentSchema, intent)));
    const session = readSession(vault.db, "s1");
    if (session?.permission === undefined) throw new Error("no session");
    insertSession(vault.db, { ...session, sessionId: "s2", state: "PENDING" });
    installPermission(vault.db, "s2", session.permission, startMs + 86_400_000);
    revokeSession(vault.db, "s1");
    expect(await step()).toEqual({ kind: "done" });
    expect(read()).toMatchObject({
      state: "FAILED",
      boundSessionId: "s1",
      failure: { reason: "SESSION_MISSING" },
    });
    expect(spendsOf(vault.db, "e1")).toEqual([]);
    // One that was never signed goes to the new session.
    planned(vault, "e2", startMs);
    expect(readExecution(vault.db, "e2")?.boundSessionId).toBeUndefined();
  });

  test("what a session signed is followed to its end though the session is revoked and its key gone", async () => {
    const { vault, outside, step, read, held } = await signed();
    revokeSession(vault.db, "s1");
    vault.keyring.forget("s1");
    await step();
    expect(outside.sends).toBe(1);
    outside.landing = { block: 11, blockHash: blockA };
    outside.latest = 13;
    await step();
    expect(read().state).toBe("FINAL");
    expect(held()).toEqual([{ state: "SETTLED", settled: 50n }]);
  });

  test("an operation that deployed the account itself is not taken back, while its logs lag", async () => {
    const { outside, step, read, held } = await signed(true);
    outside.sending = {
      kind: "final",
      reason: "AA10 sender already constructed",
      code: -32500,
      data: "",
    };
    outside.deployed = true;
    outside.landed = true;
    expect(await step()).toMatchObject({ kind: "again" });
    expect(read().state).toBe("SIGNED");
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
    outside.landing = { block: 11, blockHash: blockA };
    outside.latest = 13;
    await step();
    expect(read().state).toBe("FINAL");
    expect(held()).toEqual([{ state: "SETTLED", settled: 50n }]);
  });

  test("two operations that deploy the same account are not under way at once", async () => {
    const { vault } = await signed(true);
    planned(vault, "e2", startMs);
    const second = () => submitted(vault, "e2", 5n, () => startMs, deploying(vault));
    expect(await second()).toEqual({ ok: true, value: "deploying" });
    expect(spendsOf(vault.db, "e2")).toEqual([]);
    const without = await submitted(vault, "e2", 5n, () => startMs);
    expect(without).toEqual({ ok: true, value: "signed" });
  });

  test("a frozen vault does not send, and goes on when it is thawed", async () => {
    const { vault, outside, step, read } = await signed();
    writeFreeze(vault.db, { by: "k", reason: "", atMs: startMs });
    expect(await step()).toMatchObject({ kind: "again" });
    expect(outside.sends).toBe(0);
    writeFreeze(vault.db, undefined);
    await step();
    expect(read().state).toBe("SENT");
  });
});
