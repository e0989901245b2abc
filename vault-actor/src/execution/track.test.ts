import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { PolicySchema } from "#gen/vault/v1/policy";
import { account, startMs } from "../../test/support/operating-vault.ts";
import { blockA, signed } from "../../test/support/signed-execution.ts";
import { writeFreeze } from "../identity/vault-store.ts";
import { writePolicy } from "../policy/store.ts";
import { voidCallData } from "./session-operation.ts";

const token = "0xcccccccccccccccccccccccccccccccccccccccc" as const;
const stranger = "0x9999999999999999999999999999999999999999" as const;
const doesNothing = voidCallData("0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
const blockB = `0x${"b".repeat(64)}` as const;

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
    expect(ledger()).toEqual([
      "OPERATION_SIGNED",
      "OPERATION_INCLUDED",
      "OPERATION_SETTLED",
      "BALANCE_CHANGED",
    ]);
    expect(await step()).toEqual({ kind: "done" });
    expect(ledger()).toHaveLength(4);
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
      "BALANCE_CHANGED",
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

  test("a refused operation that lapsed is voided, and frees what it holds when that is proved", async () => {
    const { outside, step, read, held, wait } = await signed();
    outside.sending = { kind: "final", reason: "AA23 reverted", code: -32500, data: "" };
    await step();
    expect(read().voiding).toBeUndefined();
    wait(600_001);
    await step();
    expect(read()).toMatchObject({ voiding: { failure: { reason: "CHAIN_REFUSED" } } });
    expect(outside.sent.at(-1)?.callData).toBe(doesNothing);
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
    outside.landing = { block: 11, blockHash: blockA };
    outside.latest = 13;
    await step();
    expect(read()).toMatchObject({ state: "FAILED", failure: { detail: "AA23 reverted" } });
    expect(held()).toEqual([{ state: "RELEASED", settled: undefined }]);
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

  test("without a trace the very same operation is sent again, and voided when it is stale", async () => {
    const { outside, vault, step, read, held, wait } = await signed();
    // A policy of today allows no dearer one.
    writePolicy(vault.db, create(PolicySchema, { maxOperationFee: "3" }), 2, startMs);
    await step();
    expect(outside.sends).toBe(1);
    const operation = read().signed;
    wait(4_000);
    await step();
    expect(outside.sends).toBe(1);
    wait(999);
    await step();
    expect(read().signed).toEqual(operation);
    wait(86_400_000);
    await step();
    expect(read()).toMatchObject({ state: "SENT", voiding: { end: "FAILED" } });
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
    outside.landing = { block: 11, blockHash: blockA };
    outside.latest = 13;
    await step();
    expect(read()).toMatchObject({ state: "FAILED", failure: { reason: "CHAIN_UNAVAILABLE" } });
    expect(held()).toEqual([{ state: "RELEASED", settled: undefined }]);
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
