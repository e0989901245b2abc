/** What becomes of a signed operation when its session's account or key changes meanwhile. */
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { IntentSchema } from "#gen/vault/v1/intent";
import {
  deploying,
  eth,
  planned,
  startMs,
  submitted,
  target,
} from "../../test/support/operating-vault.ts";
import { blockA, signed } from "../../test/support/signed-execution.ts";
import { spendsOf } from "../policy/spend-store.ts";
import { insertSession, installPermission, readSession, revokeSession } from "../session/store.ts";
import { readExecution } from "./store.ts";

describe("a signed operation, its session's account and its session", () => {
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
});
