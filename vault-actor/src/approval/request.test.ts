/** What bounds the asking: how many wait, how much is shown, and one trigger that fires again. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { Schedule_Overlap } from "#gen/trigger/v1/schedule";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { IntentSchema } from "#gen/vault/v1/intent";
import { operatingVault, startMs, vaultId } from "../../test/support/operating-vault.ts";
import { testOperation } from "../../test/support/test-operation.ts";
import type { PlannedAct } from "../execution/act.ts";
import type { Cause } from "../execution/execution.ts";
import { insertExecution, readExecution, writeEnd, writePending } from "../execution/store.ts";
import { list } from "../ledger/store.ts";
import { insertTrigger } from "../trigger/store.ts";
import { maxPending, maxSummary } from "./approval.ts";
import { requestApproval } from "./request.ts";
import { readApproval } from "./store.ts";

const act: PlannedAct = {
  operation: testOperation({ account: vaultId, recipients: [vaultId] }),
  calls: [],
  guards: { deadlineSeconds: 0, changes: [], feeds: [] },
  summary: "send it",
  spends: [{ asset: "a", amount: 2n ** 200n, microUsd: 1n }],
  receives: [{ asset: "b", amount: 1n, microUsd: undefined }],
};

const byKey: Cause = { kind: "KEY", keyId: "k1" };
const firing = (trigger: string, id: string): Cause => ({
  kind: "FIRING",
  firing: `vaults/${vaultId}/triggers/${trigger}/firings/${id}`,
});

async function stage(wait?: { readonly seconds: bigint }) {
  const { db } = await operatingVault({
    approvals: { overLimit: true, ...(wait === undefined ? {} : { wait }) },
  });
  const jobs = new Map<string, number>();
  const scheduler = {
    put: ({ kind, ref, dueMs }: { kind: string; ref: string; dueMs: number }) =>
      void jobs.set(`${kind} ${ref}`, dueMs),
  };
  const ask = (
    executionId: string,
    cause = byKey,
    change: Partial<PlannedAct> = {},
    ms?: number,
  ) => {
    const expireTime = ms === undefined ? {} : { expireTime: timestampFromMs(ms) };
    insertExecution(db, {
      executionId,
      intent: create(IntentSchema, expireTime),
      cause,
      keyId: "k1",
      expireMs: startMs + 600_000,
      nowMs: startMs,
    });
    const execution = readExecution(db, executionId);
    if (execution === undefined) throw new Error("no execution");
    const deps = { db, scheduler, vaultId: () => vaultId };
    const asked = requestApproval(deps, execution, { ...act, ...change }, ["a rule"], startMs);
    if (asked.ok) writePending(db, executionId, asked.value);
    return asked.ok ? "asked" : `${asked.error.reason} ${asked.error.metadata.limit}`;
  };
  return { db, jobs, ask };
}

test("what is asked is kept as it was shown, with its job and its entry", async () => {
  const { db, jobs, ask } = await stage();
  expect(ask("e1")).toBe("asked");
  expect(readApproval(db, "e1")).toMatchObject({
    state: "PENDING",
    requester: "k1",
    keyId: "k1",
    summary: "send it",
    rules: ["a rule"],
    spends: act.spends,
    receives: act.receives,
    recipients: [vaultId],
    maxWorseningBps: 100,
    expireMs: startMs + 86_400_000,
  });
  expect(jobs.get("approval e1")).toBe(startMs + 86_400_000);
  expect(list(db, 99, 1)[0]).toMatchObject({ kind: "APPROVAL_REQUESTED", actor: "k1" });
});

test.each<[string, bigint, number | undefined, number]>([
  ["the policy's wait", 120n, undefined, 120_000],
  ["the intent's own time, which is sooner", 120n, 60_000, 60_000],
  ["the policy's wait, which is sooner", 120n, 3_600_000, 120_000],
])("it lapses by %s", async (_, seconds, own, expected) => {
  const { db, ask } = await stage({ seconds });
  ask("e1", byKey, {}, own === undefined ? undefined : startMs + own);
  expect(readApproval(db, "e1")?.expireMs).toBe(startMs + expected);
});

test("so many wait and no more; one that ends makes room", async () => {
  const { db, ask } = await stage();
  for (let i = 0; i < maxPending; i++) expect(ask(`e${i}`)).toBe("asked");
  expect(ask("more")).toBe("LIMIT_EXCEEDED approvals");
  writeEnd(db, "e0", "CANCELLED", undefined, startMs);
  expect(ask("other")).toBe("asked");
});

test("more than can be shown is refused, never cut", async () => {
  const { ask } = await stage();
  expect(ask("e1", byKey, { summary: "x".repeat(maxSummary) })).toBe("asked");
  expect(ask("e2", byKey, { summary: "x".repeat(maxSummary + 1) })).toBe("LIMIT_EXCEEDED summary");
  const flow = { asset: "a", amount: 1n, microUsd: undefined };
  expect(ask("e3", byKey, { spends: Array(65).fill(flow) })).toBe("LIMIT_EXCEEDED summary");
});

test("a trigger that waits does not ask again, unless its schedule may overlap", async () => {
  const { db, ask } = await stage();
  const schedule = (overlap: Schedule_Overlap) =>
    create(TriggerSchema, {
      condition: {
        test: {
          case: "all",
          value: { conditions: [{ test: { case: "schedule", value: { overlap } } }] },
        },
      },
    });
  const make = (triggerId: string, overlap: Schedule_Overlap) =>
    insertTrigger(db, {
      triggerId,
      body: schedule(overlap),
      creatorKeyId: "k1",
      createdMs: startMs,
    });
  make("t1", Schedule_Overlap.SKIP);
  make("t2", Schedule_Overlap.ALLOW);
  expect(ask("e1", firing("t1", "f1"))).toBe("asked");
  expect(readApproval(db, "e1")).toMatchObject({
    requester: `vaults/${vaultId}/triggers/t1`,
    keyId: "k1",
  });
  expect(ask("e2", firing("t1", "f2"))).toBe("LIMIT_EXCEEDED trigger");
  expect(ask("e3", firing("t2", "f3"))).toBe("asked");
  expect(ask("e4", firing("t2", "f4"))).toBe("asked");
  writeEnd(db, "e1", "FAILED", undefined, startMs);
  expect(ask("e5", firing("t1", "f5"))).toBe("asked");
});
