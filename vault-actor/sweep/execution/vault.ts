/**
 * One vault with the real code of executions: accept, advance, submit, track, void, over its
 * SQLite, in lives that end at any await. What is not real is the signature, and who schedules:
 * a job that is due runs, as often as it takes.
 */
import { pad, toHex } from "viem";
import type { Intent } from "#gen/vault/v1/intent";
import type { ChainConfig } from "../../src/account/chain-config.ts";
import type { Rpc } from "../../src/account/node.ts";
import { acceptIntent } from "../../src/execution/accept.ts";
import { createAdvance } from "../../src/execution/advance.ts";
import { isUnderWay } from "../../src/execution/attempt-store.ts";
import { cancelExecution } from "../../src/execution/cancel.ts";
import { isReserved, type ReservedOperation } from "../../src/execution/reservation.ts";
import { foreignPart } from "../../src/execution/session-operation.ts";
import { readExecution } from "../../src/execution/store.ts";
import type { Keyring } from "../../src/keyring/keyring.ts";
import { backoffMs } from "../../src/scheduler/backoff.ts";
import type { JobOutcome } from "../../src/scheduler/job.ts";
import { deleteJob, dueJobs, upsertJob } from "../../src/scheduler/store.ts";
import { readSession } from "../../src/session/store.ts";
import type { Database } from "../../src/storage/database.ts";
import { remember } from "../../src/storage/remember.ts";
import { executionPorts } from "../../test/support/execution-ports.ts";
import { keyId, vaultId } from "../vault/base.ts";

/** What a life asks of the outside. What it returns comes later, or never. */
export type Ask = <T>(endpoint: string, method: string, params: readonly unknown[]) => Promise<T>;

/** What a life is made of. */
export type LifeParts = {
  readonly db: Database;
  readonly chain: ChainConfig;
  readonly now: () => number;
  readonly ask: Ask;
  /** Names what is signed. The same operation has the same name. */
  readonly hashOf: (operation: ReservedOperation["userOperation"]) => `0x${string}`;
  /** Whether the vault's keys are there at all. */
  readonly hasKeys: () => boolean;
  readonly newId: () => string;
  readonly onFault: (fault: unknown) => void;
};

const jobsOf = remember((db) =>
  db.all<{ ref: string; due_ms: number }>("SELECT ref, due_ms FROM job WHERE kind = 'advance'"),
);

/** Starts a life. */
export function startLife(parts: LifeParts) {
  const { db, chain, now, ask, onFault } = parts;
  const scheduler = {
    put: (job: { kind: "advance"; ref: string; dueMs: number }) =>
      upsertJob(db, { ...job, attempt: 0 }),
    cancel: (kind: "advance", ref: string) => deleteJob(db, kind, ref),
  } as Parameters<typeof cancelExecution>[0]["scheduler"];
  const advance = createAdvance({
    db,
    keyring: keyringOf(parts),
    chains: new Map([[1, chain]]),
    vaultId: () => vaultId,
    rpcFor: (urls) => callerOf(ask, urls),
    ...executionPorts,
    secure: () => ask<boolean>("notary", "put", []),
    now,
  });
  const running = new Set<string>();

  const settle = (ref: string, attempt: number, outcome: JobOutcome) => {
    running.delete(ref);
    switch (outcome.kind) {
      case "done":
        return deleteJob(db, "advance", ref);
      case "again":
        return upsertJob(db, { kind: "advance", ref, dueMs: outcome.dueMs, attempt: 0 });
      case "retry": {
        const dueMs = now() + backoffMs(attempt + 1, 0);
        return upsertJob(db, { kind: "advance", ref, dueMs, attempt: attempt + 1 });
      }
    }
  };

  return {
    /** Runs what is due; `again`: what runs already too. */
    tick(again: boolean): void {
      for (const { ref, attempt } of dueJobs(db, now())) {
        if (running.has(ref) && !again) continue;
        running.add(ref);
        advance(ref).then(
          (outcome) => settle(ref, attempt, outcome),
          (fault: unknown) => {
            onFault(fault);
            settle(ref, attempt, { kind: "retry", reason: "fault" });
          },
        );
      }
    },
    /** When the next job is due that does not run. */
    nextMs(): number | undefined {
      const idle = jobsOf(db, "").filter(({ ref }) => !running.has(ref));
      return idle.length === 0 ? undefined : Math.min(...idle.map(({ due_ms }) => due_ms));
    },
    accept(intent: Intent): string {
      const deps = { db, scheduler, newId: parts.newId, vaultId: () => vaultId };
      const by = { cause: { kind: "KEY", keyId } as const, keyId };
      return db.transaction(() => acceptIntent(deps, intent, by, now()));
    },
    cancel(executionId: string): void {
      const execution = readExecution(db, executionId);
      if (execution === undefined) return;
      const by = { vaultId, keyId, nowMs: now() };
      db.transaction(() => cancelExecution({ db, scheduler }, execution, by));
    },
  };
}

/** One life of the vault. */
export type ExecutionLife = ReturnType<typeof startLife>;

function callerOf(ask: Ask, [url = ""]: readonly string[]): Rpc {
  return (method, params) => ask(url, method, params);
}

/** Signs nothing, and gives what is reserved its name; as strict as the real one otherwise. */
function keyringOf({ db, hashOf, hasKeys }: LifeParts): Keyring {
  const holds = (sessionId: string) =>
    hasKeys() && (readSession(db, sessionId)?.state === "ACTIVE" || isUnderWay(db, sessionId));
  const keyring: Pick<Keyring, "holds" | "forget" | "withSession"> = {
    holds,
    forget: () => {},
    async withSession(candidate, use) {
      const part = foreignPart(vaultId, candidate);
      if (part !== undefined) throw new Error(`foreign: ${part}`);
      await Promise.resolve();
      if (!holds(candidate.session.sessionId)) throw new Error("no secret");
      return use((reserved) => {
        if (!isReserved(db, reserved)) throw new Error("not reserved");
        const hash = hashOf(reserved.userOperation);
        return { hash, signature: pad(toHex(BigInt(hash)), { size: 65 }) };
      });
    },
  };
  return keyring as Keyring;
}
