/** Dearer operations, voids, and what lands of all that were signed with one nonce. */
import { describe, expect, test } from "vitest";
import { startMs } from "../../test/support/operating-vault.ts";
import { blockA, signed } from "../../test/support/signed-execution.ts";
import { readVault, writeFreeze } from "../identity/vault-store.ts";
import { readSession, revokeSession } from "../session/store.ts";
import { isBumpDue, maxActs, maxAttempts } from "./attempt.ts";
import { attemptsOf } from "./attempt-store.ts";
import { foreignReason } from "./conclude.ts";
import { voidCallData } from "./session-operation.ts";
import { writeVoiding } from "./store.ts";
import { maxFeeOf } from "./user-operation.ts";
import { staleMs } from "./voiding.ts";

const session = "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" as const;
const doesNothing = voidCallData(session);
const cancelled = { end: "CANCELLED", failure: undefined, actor: "k1" } as const;

/** An execution that was sent, and what of it there is. */
async function sent() {
  const world = await signed();
  await world.step();
  const attempts = () => attemptsOf(world.vault.db, "e1");
  const land = (number: number, success = true) => {
    const hash = attempts()[number - 1]?.hash;
    if (hash === undefined) throw new Error("no such attempt");
    world.outside.landing = { block: 11, blockHash: blockA, hash, success };
    world.outside.latest = 13;
  };
  return { ...world, attempts, land };
}

describe("an operation that is out and not included", () => {
  test("is signed again, dearer by an eighth at least on both fees, and sent", async () => {
    const { outside, step, wait, attempts, held, ledger } = await sent();
    wait(4_999);
    await step();
    expect(attempts()).toHaveLength(1);
    outside.price = 7n;
    wait(5_000);
    await step();
    const [first, second] = attempts();
    expect(second).toMatchObject({ number: 2, kind: "ACT", sessionId: "s1", sendCount: 1 });
    const { maxFeePerGas, maxPriorityFeePerGas, signature, ...same } = second?.userOperation ?? {};
    expect([maxFeePerGas, maxPriorityFeePerGas]).toEqual(["0x7", "0x7"]);
    expect(first?.userOperation).toMatchObject(same);
    expect(first?.userOperation.signature).not.toBe(signature);
    expect(outside.sent).toEqual([first?.userOperation, second?.userOperation]);
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
    expect(ledger()).toEqual(["OPERATION_SIGNED", "OPERATION_REPLACED"]);
    outside.price = 1n;
    wait(20_000);
    await step();
    expect(attempts()[2]?.userOperation.maxFeePerGas).toBe("0x8");
  });

  test("is settled by whichever of its operations lands", async () => {
    for (const number of [1, 2]) {
      const { step, wait, land, read, held } = await sent();
      wait(6_000);
      await step();
      land(number);
      await step();
      expect(read()).toMatchObject({ state: "FINAL" });
      expect(held()).toEqual([{ state: "SETTLED", settled: 50n }]);
    }
  });

  test("is not signed more often than is allowed, and still voided then", async () => {
    const { step, wait, attempts, land, read, held, vault } = await sent();
    vault.db.run("UPDATE execution SET expire_ms = ?", startMs + 86_400_000);
    for (let i = 0; i < 40; i++) {
      wait(600_000);
      await step();
    }
    expect(attempts().map(({ kind }) => kind)).toEqual(Array(maxActs).fill("ACT"));
    writeVoiding(vault.db, "e1", cancelled);
    for (let i = 0; i < 40; i++) {
      wait(600_000);
      await step();
    }
    expect(attempts().length).toBeGreaterThan(maxActs);
    expect(attempts().length).toBeLessThanOrEqual(maxAttempts);
    land(attempts().length);
    await step();
    expect(read()).toMatchObject({ state: "CANCELLED", failure: undefined });
    expect(held()).toEqual([{ state: "RELEASED", settled: undefined }]);
  });

  test("stays as it is in a frozen vault, and is voided there when its intent lapses", async () => {
    const { vault, outside, step, wait, attempts, land, read } = await sent();
    writeFreeze(vault.db, { by: "k", reason: "", atMs: startMs });
    wait(60_000);
    await step();
    expect(attempts()).toHaveLength(1);
    expect(outside.sends).toBe(1);
    wait(600_000);
    await step();
    expect(attempts().map(({ kind }) => kind)).toEqual(["ACT", "VOID"]);
    expect(outside.sent.at(-1)?.callData).toBe(doesNothing);
    land(2);
    await step();
    expect(read()).toMatchObject({ state: "FAILED", failure: { reason: "VAULT_FROZEN" } });
  });
});

describe("a void", () => {
  test("costs no more than is held for the fee already, and does nothing", async () => {
    const { vault, outside, step, attempts } = await sent();
    outside.price = 1_000n;
    writeVoiding(vault.db, "e1", cancelled);
    await step();
    const [first, second] = attempts();
    expect(second?.kind).toBe("VOID");
    expect(second?.userOperation).toMatchObject({
      callData: doesNothing,
      nonce: first?.userOperation.nonce,
      maxFeePerGas: "0x1",
    });
  });

  test("costs no more than is held, though what was taken back as dead was dearer", async () => {
    const { vault, outside, step, wait, attempts } = await sent();
    outside.price = 7n;
    wait(6_000);
    await step();
    // As after a withdrawal: what was planned anew holds less than the dead one could cost.
    vault.db.run("UPDATE spend SET reserved = '9' WHERE asset LIKE 'fee/%'");
    writeVoiding(vault.db, "e1", cancelled);
    await step();
    const last = attempts().at(-1);
    expect(last?.kind).toBe("VOID");
    if (last !== undefined) expect(maxFeeOf(last.userOperation)).toBeLessThanOrEqual(9n);
  });

  test("that lost the race leaves what landed to be settled", async () => {
    const { vault, step, land, read, held } = await sent();
    writeVoiding(vault.db, "e1", cancelled);
    await step();
    land(1);
    await step();
    expect(read()).toMatchObject({ state: "FINAL", failure: undefined });
    expect(held()).toEqual([{ state: "SETTLED", settled: 50n }]);
  });

  test("that a reorganisation drops is looked for again, with nothing freed", async () => {
    const { vault, outside, step, land, read, held } = await sent();
    writeVoiding(vault.db, "e1", cancelled);
    await step();
    land(2);
    outside.latest = 12;
    await step();
    expect(read().state).toBe("INCLUDED");
    outside.landing = undefined;
    await step();
    expect(read()).toMatchObject({ state: "SENT", voiding: { end: "CANCELLED" } });
    expect(held()).toEqual([{ state: "HELD", settled: undefined }]);
    land(1);
    await step();
    expect(read().state).toBe("FINAL");
  });

  test("is signed by the key of a revoked session, which is then gone", async () => {
    const { vault, step, land, read } = await sent();
    revokeSession(vault.db, "s1");
    vault.keyring.forget("s1");
    expect(vault.keyring.holds("s1")).toBe(true);
    writeVoiding(vault.db, "e1", cancelled);
    await step();
    land(2);
    await step();
    expect(read().state).toBe("CANCELLED");
    expect(vault.keyring.holds("s1")).toBe(false);
  });

  test("that nobody can sign any more: time ends it, when the chain's own clock says so", async () => {
    const { vault, outside, step, wait, read, held, attempts } = await sent();
    vault.keyring.destroy();
    const ends = readSession(vault.db, "s1")?.expireMs ?? 0;
    wait(ends - startMs);
    outside.timeSeconds = ends / 1000 - 1;
    await step();
    expect(attempts()).toHaveLength(1);
    expect(read()).toMatchObject({ state: "SENT", voiding: { end: "FAILED" } });
    outside.timeSeconds = ends / 1000;
    outside.landed = true;
    await step();
    expect(read().state).toBe("SENT");
    outside.landed = false;
    await step();
    expect(read().state).toBe("FAILED");
    expect(held()).toEqual([{ state: "RELEASED", settled: undefined }]);
  });
});

test("an operation in the lane that the vault did not sign freezes it, and counts in full", async () => {
  const { vault, outside, step, read, held, ledger } = await sent();
  outside.landing = { block: 11, blockHash: blockA, hash: `0x${"9".repeat(64)}` };
  outside.latest = 11;
  await step();
  expect(readVault(vault.db)?.freeze).toMatchObject({ by: "vault", reason: foreignReason });
  outside.latest = 13;
  await step();
  expect(read()).toMatchObject({ state: "FAILED", failure: { reason: "CHAIN_REFUSED" } });
  expect(held()).toEqual([{ state: "SETTLED", settled: 50n }]);
  expect(ledger()).toEqual([
    "OPERATION_SIGNED",
    "OPERATION_INCLUDED",
    "VAULT_FROZEN",
    "OPERATION_FAILED",
  ]);
});

test("nothing is bumped before it was handed over", () => {
  expect(isBumpDue([], 1000, startMs + staleMs)).toBe(false);
});
