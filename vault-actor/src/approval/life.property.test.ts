/**
 * Any order of requests, decisions, alarms, cancellations and crashes: what is carried out was
 * approved before, in time, by enough owners who had not asked for it, and once.
 */
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { IntentSchema } from "#gen/vault/v1/intent";
import { operatingVault, startMs, vaultId } from "../../test/support/operating-vault.ts";
import { testOperation } from "../../test/support/test-operation.ts";
import type { PlannedAct } from "../execution/act.ts";
import { isApproved } from "../execution/execution.ts";
import { insertExecution, readExecution, writeEnd, writePending } from "../execution/store.ts";
import { checkDecision } from "./approval.ts";
import { createApprovals } from "./approvals.ts";
import { decide } from "./decide.ts";
import { createExpireApproval } from "./expire.ts";
import { countPending, listApprovals, readApproval } from "./store.ts";

const owners = ["1", "2", "3"].map((digit) => `eip155:1:0x${digit.repeat(40)}`);
const act: PlannedAct = {
  operation: testOperation({ account: vaultId }),
  calls: [],
  guards: { deadlineSeconds: 0, changes: [], feeds: [] },
  summary: "send it",
  spends: [],
  receives: [],
};

type Step =
  | { readonly kind: "request" | "expire" | "cancel" | "carryOut"; readonly id: string }
  | {
      readonly kind: "decide";
      readonly id: string;
      readonly approve: boolean;
      readonly by: readonly string[];
      readonly callKey: string;
    }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "freeze"; readonly on: boolean };

const id = fc.constantFrom("e1", "e2", "e3");
const decision = fc.record({
  kind: fc.constant("decide" as const),
  id,
  // A rejection ends it, so most are approvals.
  approve: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  by: fc.subarray(owners),
  callKey: fc.constantFrom("k2", "k3", ...owners),
});
const move = (kind: "request" | "expire" | "cancel" | "carryOut") =>
  fc.record({ kind: fc.constant(kind), id });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: move("request") },
  { weight: 6, arbitrary: decision },
  { weight: 6, arbitrary: move("carryOut") },
  { weight: 2, arbitrary: move("expire") },
  { weight: 1, arbitrary: move("cancel") },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.constantFrom(1, 1, 60_000, 60_000, 86_400_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("freeze" as const), on: fc.boolean() }) },
);

/** Who asks for which: an agent, and two owners themselves. */
const asking: Readonly<Record<string, string>> = {
  e1: "k1",
  e2: owners[0] ?? "",
  e3: owners[1] ?? "",
};

const { db } = await operatingVault({});
let carried = 0;

test("what is carried out was approved as it must be", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 15, maxLength: 40, size: "max" }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, threshold) => {
        const prefix = `r${run++}-`;
        let nowMs = startMs;
        let isFrozen = false;
        const jobs = new Map<string, number>();
        const scheduler = {
          put: ({ kind, ref, dueMs }: { kind: string; ref: string; dueMs: number }) =>
            void jobs.set(`${kind} ${ref}`, dueMs),
          cancel: (kind: string, ref: string) => void jobs.delete(`${kind} ${ref}`),
        };
        const deps = { db, scheduler, vaultId: () => vaultId };
        const port = createApprovals(deps);
        const expire = createExpireApproval(deps);
        const approvedBy = new Map<string, readonly string[]>();
        const ended = new Set<string>();
        const carriedOut: string[] = [];
        for (const [name, keyId] of Object.entries(asking)) {
          insertExecution(db, {
            executionId: prefix + name,
            intent: create(IntentSchema),
            cause: { kind: "KEY", keyId },
            keyId,
            expireMs: nowMs + 600_000,
            nowMs,
          });
        }
        for (const one of steps) {
          if (one.kind === "pass") nowMs += one.ms;
          else if (one.kind === "freeze") isFrozen = one.on;
          else {
            const executionId = prefix + one.id;
            const execution = readExecution(db, executionId);
            if (execution === undefined) throw new Error("no execution");
            if (one.kind === "request" && execution.state === "PLANNED" && !isApproved(execution)) {
              db.transaction(() => {
                const asked = port.request(execution, act, ["a rule"], nowMs);
                if (asked.ok) writePending(db, executionId, asked.value);
              });
            }
            if (one.kind === "expire") {
              const outcome = await expire(executionId, nowMs);
              if (outcome.kind === "again") expect(outcome.dueMs).toBeGreaterThan(nowMs);
            }
            if (
              one.kind === "cancel" &&
              ["PLANNED", "PENDING_APPROVAL"].includes(execution.state)
            ) {
              // The approval is not told: a restore of the storage cancels like this.
              writeEnd(db, executionId, "CANCELLED", undefined, nowMs);
              ended.add(executionId);
            }
            if (one.kind === "decide") {
              const approval = readApproval(db, executionId);
              if (approval === undefined) continue;
              const checked = checkDecision(approval, {
                approve: one.approve,
                callKeyId: one.callKey,
                signers: new Set(one.by),
                threshold: one.approve ? threshold : 1,
                isFrozen,
                nowMs,
              });
              if (!checked.ok) continue;
              expect(nowMs).toBeLessThan(approval.expireMs);
              const state = one.approve ? "APPROVED" : "REJECTED";
              const by = { actor: one.callKey, signers: one.by };
              expect(decide(deps, executionId, state, by, nowMs)).toBe(true);
              expect(decide(deps, executionId, "APPROVED", by, nowMs)).toBe(false);
              if (one.approve) {
                expect(isFrozen).toBe(false);
                expect(one.callKey).not.toBe(asking[one.id]);
                approvedBy.set(executionId, one.by);
              }
              if (!one.approve) ended.add(executionId);
            }
            if (one.kind === "carryOut" && execution.state === "PLANNED" && isApproved(execution)) {
              if (isFrozen || nowMs >= execution.expireMs) continue;
              expect(port.stillApproved(execution, act).ok).toBe(true);
              writeEnd(db, executionId, "FINAL", undefined, nowMs);
              carriedOut.push(executionId);
            }
          }
        }
        carried += carriedOut.length;
        expect(new Set(carriedOut).size).toBe(carriedOut.length);
        for (const executionId of carriedOut) {
          const asker = asking[executionId.slice(prefix.length)] ?? "";
          const by = (approvedBy.get(executionId) ?? []).filter((signer) => signer !== asker);
          expect(by.length).toBeGreaterThanOrEqual(threshold);
          expect(ended.has(executionId)).toBe(false);
          expect(readApproval(db, executionId)?.state).toBe("APPROVED");
        }
        // Whatever waits has a job that ends it.
        for (const { approvalId, state } of listApprovals(db, Number.MAX_SAFE_INTEGER, 3)) {
          if (state === "PENDING") expect(jobs.has(`approval ${approvalId}`)).toBe(true);
          if (approvalId.startsWith(prefix)) {
            const waits = readExecution(db, approvalId)?.state === "PENDING_APPROVAL";
            expect(waits).toBe(state === "PENDING");
          }
        }
        // The next run begins with nothing that waits.
        for (const name of Object.keys(asking)) {
          writeEnd(db, prefix + name, "CANCELLED", undefined, nowMs);
        }
        expect(countPending(db)).toBe(0);
      },
    ),
    { numRuns: 400 },
  );
  // Else it says nothing.
  expect(carried).toBeGreaterThan(10);
});
