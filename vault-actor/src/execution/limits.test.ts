import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Failure, refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import { nobodyApproved } from "../../test/support/execution-ports.ts";
import {
  eth,
  type OperatingVault,
  operatingVault,
  planned,
  prepared,
  startMs,
  submitted,
  target,
  vaultId,
} from "../../test/support/operating-vault.ts";
import { writeFreeze } from "../identity/vault-store.ts";
import { holdAgain, recentSpends, release, settle } from "../policy/spend-store.ts";
import { insertSession, installPermission, readSession, revokeSession } from "../session/store.ts";
import type { Execution } from "./execution.ts";
import { readExecution, writeApproved, writePending } from "./store.ts";
import { submit } from "./submit.ts";

const hour = 3_600_000;
const limit = 100n;
const usdLimit = 150n;
const feeLimit = 12n;
const policy = {
  usd: { window: { seconds: 3600n }, maxUsd: "0.00015" },
  fees: { window: { seconds: 3600n }, maxAmount: String(feeLimit) },
  calls: [{ target, selectors: ["0x"] }],
  recipients: [target],
  assets: [
    {
      asset: eth,
      maxPerOperation: "60",
      windows: [{ window: { seconds: 3600n }, maxAmount: String(limit) }],
    },
  ],
};

/** An operation that was signed, as the world sees it: what it took or may still take. */
type Signed = {
  readonly id: string;
  readonly atMs: number;
  amount: bigint;
  fee: bigint;
  open: boolean;
};

/** The most that was taken within an hour. */
function worstHour(operations: readonly Signed[], of: "amount" | "fee"): bigint {
  const within = (endMs: number) =>
    operations.filter(({ atMs }) => atMs <= endMs && atMs > endMs - hour);
  const totals = operations.map(({ atMs }) =>
    within(atMs).reduce((sum, operation) => sum + operation[of], 0n),
  );
  return totals.sort((a, b) => Number(b - a))[0] ?? 0n;
}

type Step =
  | { readonly kind: "submit"; readonly amounts: readonly number[]; readonly gas: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "settle" | "release" | "revert" | "reorg"; readonly which: number };

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      kind: fc.constant("submit"),
      amounts: fc.array(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 4 }),
      gas: fc.integer({ min: 1, max: 5 }),
    }),
    fc.record({ kind: fc.constant("wait"), ms: fc.integer({ min: 1, max: hour }) }),
    fc.record({
      kind: fc.constantFrom("settle", "release", "revert", "reorg"),
      which: fc.nat({ max: 9 }),
    }),
  ),
  { maxLength: 12 },
);

/** Session `s2` takes over from `s1`. */
function rotate(db: OperatingVault["db"]): void {
  const session = readSession(db, "s1");
  if (session?.permission === undefined) throw new Error("no session");
  insertSession(db, { ...session, sessionId: "s2", state: "PENDING" });
  installPermission(db, "s2", session.permission, startMs + hour);
  revokeSession(db, "s1");
}

describe("limits", () => {
  test("no order of submissions at once, settlements, failures and reorganisations exceeds one", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const vault = await operatingVault(policy);
        const signed: Signed[] = [];
        let nowMs = startMs;
        let next = 0;
        for (const step of script) {
          if (step.kind === "wait") nowMs += step.ms;
          else if (step.kind === "submit") {
            const asked = step.amounts.map((amount) => ({
              id: `e${next++}`,
              amount: BigInt(amount),
            }));
            for (const { id } of asked) planned(vault, id, nowMs);
            // The most it can pay: this much gas, and two units beside, at a price of one.
            const change = { callGasLimit: `0x${step.gas}` } as const;
            const results = await Promise.all(
              asked.map(({ id, amount }) => submitted(vault, id, amount, () => nowMs, change)),
            );
            const taken = asked.filter((_, i) => results[i]?.ok === true);
            const fee = BigInt(step.gas) + 2n;
            signed.push(...taken.map((one) => ({ ...one, fee, atMs: nowMs, open: true })));
          } else {
            const open = signed.filter((operation) => operation.open);
            const operation = open[step.which % Math.max(1, open.length)];
            if (operation === undefined) continue;
            const { id } = operation;
            if (step.kind === "reorg") holdAgain(vault.db, id);
            else {
              operation.open = false;
              operation.amount = step.kind === "settle" ? operation.amount / 2n : 0n;
              operation.fee = step.kind === "release" ? 0n : 1n;
              if (step.kind === "release") release(vault.db, id);
              else if (step.kind === "revert") release(vault.db, id, 1n);
              else settle(vault.db, id, new Map([[eth, operation.amount]]), 1n);
            }
          }
          expect(worstHour(signed, "amount")).toBeLessThanOrEqual(limit);
          expect(worstHour(signed, "amount") * 2n).toBeLessThanOrEqual(usdLimit);
          expect(worstHour(signed, "fee")).toBeLessThanOrEqual(feeLimit);
        }
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  test("two at once that fit one by one: one is signed", async () => {
    const vault = await operatingVault(policy);
    planned(vault, "e1", startMs);
    planned(vault, "e2", startMs);
    const now = () => startMs;
    const results = await Promise.all([
      submitted(vault, "e1", 60n, now),
      submitted(vault, "e2", 60n, now),
    ]);
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.find((result) => !result.ok)).toMatchObject({
      error: { reason: "LIMIT_EXCEEDED", metadata: { available: "40" } },
    });
  });

  test("one execution is signed once, however often it is submitted at once", async () => {
    const vault = await operatingVault(policy);
    planned(vault, "e1", startMs);
    const results = await Promise.all(
      [1, 2, 3].map(() => submitted(vault, "e1", 30n, () => startMs)),
    );
    const outcomes = results.map((result) => (result.ok ? result.value : "refused"));
    expect(outcomes.sort()).toEqual(["signed", "stale", "stale"]);
    const spends = recentSpends(vault.db, startMs);
    expect(spends.map(({ asset }) => asset)).toEqual([eth, `fee/${eth}`, "usd"]);
  });

  test("what the owners approved is asked again where it is signed", async () => {
    const vault = await operatingVault(policy);
    const { db, keyring } = vault;
    planned(vault, "e1", startMs);
    writePending(db, "e1", "a1");
    writeApproved(db, "e1", startMs);
    const refused = refuse("LIMIT_EXCEEDED", "worse", { limit: "max_worsening_bps" });
    const own = prepared(vault, "e1", 30n);
    const now = () => startMs;
    const asked: (string | undefined)[] = [];
    const answering = (answer: Result<void, Failure>) => (execution: Execution) => {
      asked.push(execution.approvalId);
      return answer;
    };
    const worse = { db, keyring, vaultId, stillApproved: answering(refused) };
    expect(await submit(worse, own, now)).toEqual(refused);
    expect(recentSpends(db, startMs)).toEqual([]);
    expect(readExecution(db, "e1")?.state).toBe("PLANNED");
    const fine = { db, keyring, vaultId, stillApproved: answering(ok(undefined)) };
    expect(await submit(fine, own, now)).toEqual(ok("signed"));
    expect(asked).toEqual(["a1", "a1"]);
  });

  test("a session that was revoked before its key was opened is planned again", async () => {
    const vault = await operatingVault(policy);
    planned(vault, "e1", startMs);
    const own = prepared(vault, "e1", 30n);
    revokeSession(vault.db, "s1");
    vault.keyring.forget("s1");
    const { db, keyring } = vault;
    const outcome = await submit(
      { db, keyring, vaultId, stillApproved: nobodyApproved },
      own,
      () => startMs,
    );
    expect(outcome).toEqual({ ok: true, value: "stale" });
    expect(recentSpends(vault.db, startMs)).toEqual([]);
  });

  test.each<[string, (vault: OperatingVault) => void, unknown]>([
    [
      "a rotation, whose new session acts instead,",
      ({ db }) => {
        rotate(db);
      },
      { ok: true, value: "stale" },
    ],
    [
      "a renewed permission",
      ({ db }) => {
        const permission = readSession(db, "s1")?.permission;
        if (permission === undefined) throw new Error("no permission");
        installPermission(db, "s1", { ...permission, signature: "0x01" }, startMs + hour);
      },
      { ok: true, value: "stale" },
    ],
    [
      "a freeze",
      ({ db }) => writeFreeze(db, { by: "k", reason: "", atMs: startMs }),
      { ok: true, value: "frozen" },
    ],
    [
      "a revoked session",
      ({ db }) => revokeSession(db, "s1"),
      { ok: false, error: { reason: "SESSION_MISSING" } },
    ],
  ])(
    "%s while the key is being opened leaves nothing signed and nothing held",
    async (_, change, outcome) => {
      const vault = await operatingVault(policy);
      planned(vault, "e1", startMs);
      const pending = submitted(vault, "e1", 30n, () => startMs);
      change(vault);
      expect(await pending).toMatchObject(outcome as object);
      expect(readExecution(vault.db, "e1")?.state).toBe("PLANNED");
      expect(recentSpends(vault.db, startMs)).toEqual([]);
    },
  );
});
