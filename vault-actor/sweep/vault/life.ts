/**
 * One life of the vault, put together from the real modules as `vault-runtime.ts` does it: the
 * scheduler, the look, the signal client, the stores, the methods of triggers.
 *
 * What is not real: who signs and sends an execution. Its job takes the same way through the
 * scheduler, and its effect is counted.
 */
import { acceptIntent } from "../../src/execution/accept.ts";
import { judgeIntent } from "../../src/execution/judge-intent.ts";
import { readExecution, writeEnd } from "../../src/execution/store.ts";
import { createForget, forgetPauseMs } from "../../src/identity/forget.ts";
import { recentSpends } from "../../src/policy/spend-store.ts";
import type { JobOutcome } from "../../src/scheduler/job.ts";
import { createScheduler } from "../../src/scheduler/scheduler.ts";
import { createUsage } from "../../src/scheduler/usage.ts";
import { triggerMethods } from "../../src/service/trigger-methods.ts";
import type { World } from "../../src/signal/world.ts";
import { executionEnded } from "../../src/trigger/execution-end.ts";
import { dropCauses } from "../../src/trigger/firing-store.ts";
import { createWatch } from "../../src/trigger/watch.ts";
import type { Door, Life } from "../platform/object.ts";
import type { Random } from "../random.ts";
import type { Chain } from "../script/chain.ts";
import { chains, vaultId } from "./base.ts";
import { chainReader } from "./chain-service.ts";
import { type FeedService, feedClient } from "./feed-service.ts";
import type { OwnerRequest } from "./owner.ts";
import type { Record, TriggerChange } from "./record.ts";
import { createServe } from "./serve.ts";

/** What all lives of a run share. */
export type Surroundings = {
  readonly feed: FeedService;
  readonly chain: Chain;
  readonly record: Record;
  readonly random: Random;
  readonly newId: () => string;
  /** How long an execution takes, in milliseconds. */
  readonly executionMs: number;
  readonly note: (what: string) => void;
  /** Hears of a change of a trigger that is kept. */
  readonly changed: (request: OwnerRequest, change: Omit<TriggerChange, "kind">) => void;
};

/** The parts that a test of the sweep itself replaces by broken ones. */
export type Modules = {
  readonly createScheduler: typeof createScheduler;
  readonly createWatch: typeof createWatch;
};

export const realModules: Modules = { createScheduler, createWatch };

/** Starts a life. */
export function startLife(
  around: Surroundings,
  door: Door,
  modules: Modules = realModules,
): Life<OwnerRequest> {
  const { record, random, newId } = around;
  const { db, now } = door;
  const onFault = (fault: unknown) => record.faults.push(fault);
  let known: World | undefined;
  const inner = feedClient(around.feed, door);
  const signals: typeof inner = {
    ...inner,
    current: async (wanted) => {
      const pulled = await inner.current(wanted);
      // What an earlier life kept counts too.
      known = pulled.world ?? known;
      return pulled;
    },
  };
  const scheduler = modules.createScheduler({
    db,
    alarm: door.alarm,
    timer: door.timer,
    usage: createUsage({ db, now }),
    handlers: {
      watch: () => look(),
      advance: async (executionId) => {
        const outcome = await advance(executionId);
        if (outcome.kind === "done") executionEnded({ db, scheduler }, executionId, now());
        return outcome;
      },
      forget: createForget({ db, now, also: (nowMs) => dropCauses(db, nowMs) }),
      renew: async () => ({ kind: "done" }),
      recover: async () => ({ kind: "done" }),
      reconcile: async () => ({ kind: "done" }),
      policy: async () => ({ kind: "done" }),
      approval: async () => ({ kind: "done" }),
      session: async () => ({ kind: "done" }),
      portfolio: async () => ({ kind: "done" }),
    },
    now,
    random: () => random.next(),
    onFault,
  });
  const accept = { db, scheduler, newId, vaultId: () => vaultId };
  const watch = modules.createWatch({
    db,
    signals,
    chain: chainReader(around.chain, around.feed.trueMs, door),
    judge: (intent, keyId, nowMs) =>
      judgeIntent({ db, chains }, { vaultId, keyId, nowMs }, intent, recentSpends(db, nowMs)),
    chains,
    newId,
    now,
    planIntent: (intent, { firing, keyId }, nowMs) => {
      const by = { cause: { kind: "FIRING", firing } as const, keyId };
      return `vaults/${vaultId}/executions/${acceptIntent(accept, intent, by, nowMs)}`;
    },
  });

  const look = async (): Promise<JobOutcome> => {
    const outcome = await watch();
    if (outcome.kind === "retry") return outcome;
    const seen = {
      atMs: around.feed.trueMs(),
      ownMs: now(),
      turn: door.turn(),
      round: Number(known?.round ?? 0n),
      series: new Set(known?.series.keys()),
    };
    door.whenKept(() => {
      record.looks.push(seen);
      around.note(`look ${record.looks.length - 1} at round ${seen.round}`);
      noteFirings();
    });
    return outcome;
  };

  const noteFirings = () => {
    const rows = db.all<{ firing_id: string; trigger_id: string; occurrence_key: string }>(
      "SELECT firing_id, trigger_id, occurrence_key FROM firing WHERE sequence > ? ORDER BY sequence",
      record.firings.length,
    );
    for (const row of rows) {
      const [, , ...cause] = row.occurrence_key.split("/");
      around.note(`${row.trigger_id} fires ${cause.join("/")}`);
      record.firings.push({
        triggerId: row.trigger_id,
        firingId: row.firing_id,
        cause: cause.join("/"),
        look: record.looks.length - 1,
      });
    }
  };

  const advance = async (executionId: string): Promise<JobOutcome> => {
    const before = readExecution(db, executionId);
    if (before === undefined || before.state !== "PLANNED") return { kind: "done" };
    const doneMs = before.createdMs + around.executionMs;
    if (now() < doneMs) return { kind: "again", dueMs: doneMs };
    await door.call("the chain", () => undefined);
    // Another run of the job may have come first.
    if (readExecution(db, executionId)?.state !== "PLANNED") return { kind: "done" };
    const { cause } = before;
    const of = cause.kind === "FIRING" ? cause.firing : executionId;
    writeEnd(db, executionId, "FINAL", undefined, now());
    const turn = door.turn();
    door.whenKept(() => {
      record.effects.set(of, [...(record.effects.get(of) ?? []), turn]);
    });
    return { kind: "done" };
  };

  const methods = triggerMethods({ db, chains, signals: inner, scheduler, newId });
  const serve = createServe(methods, db, newId);

  return {
    alarm: async ({ retryCount }) => {
      await scheduler.tick({ retryCount }, async () => {
        // The keys and the notary: now and then they have to be asked first.
        if (!random.chance(0.1)) return 0;
        return door.call("the notary", () => 0).catch(() => 10_000);
      });
    },
    request: async (request) => {
      await scheduler.watchdog();
      if (request.kind === "ask") return;
      // The time that a call takes for now is when it came in.
      const ownMs = now();
      const triggerId = await serve(request, ownMs);
      scheduler.ensure({ kind: "forget", ref: "", dueMs: now() + forgetPauseMs });
      const change = { atMs: around.feed.trueMs(), ownMs, turn: door.turn(), triggerId };
      door.whenKept(() => around.changed(request, change));
    },
  };
}
