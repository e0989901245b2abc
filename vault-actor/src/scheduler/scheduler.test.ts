import { expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { schedulerMigration } from "../storage/migrations/0003-scheduler.ts";
import { backoffMs } from "./backoff.ts";
import type { JobHandler } from "./job.ts";
import { createScheduler } from "./scheduler.ts";
import { earliestDueMs } from "./store.ts";

const idle: JobHandler = async () => ({ kind: "done" });

function setUp(watch: JobHandler, advance: JobHandler = idle) {
  const db = nodeDatabase();
  for (const statement of schedulerMigration.statements) db.run(statement);
  const clock = { nowMs: 1_000_000, alarmMs: null as number | null };
  const faults: unknown[] = [];
  const scheduler = createScheduler({
    db,
    alarm: {
      get: async () => clock.alarmMs,
      set: (atMs) => {
        clock.alarmMs = atMs;
      },
    },
    handlers: { watch, advance, forget: idle, renew: idle, recover: idle, reconcile: idle },
    now: () => clock.nowMs,
    random: () => 0,
    onFault: (fault) => faults.push(fault),
  });
  return { db, clock, faults, scheduler };
}

test("arms for the earliest job", () => {
  const { scheduler, clock } = setUp(async () => ({ kind: "done" }));
  scheduler.put({ kind: "advance", ref: "a", dueMs: 1_005_000 });
  scheduler.put({ kind: "watch", ref: "", dueMs: 1_002_000 });
  scheduler.put({ kind: "advance", ref: "b", dueMs: 1_009_000 });
  expect(clock.alarmMs).toBe(1_002_000);
});

test("runs what is due, and arms for the rest", async () => {
  const ran: string[] = [];
  const { scheduler, clock, db } = setUp(
    async () => ({ kind: "again", dueMs: 1_050_000 }),
    async (ref) => {
      ran.push(ref);
      return { kind: "done" };
    },
  );
  scheduler.put({ kind: "advance", ref: "now", dueMs: 1_000_000 });
  scheduler.put({ kind: "advance", ref: "later", dueMs: 1_090_000 });
  scheduler.put({ kind: "watch", ref: "", dueMs: 1_000_000 });
  await scheduler.tick();
  expect(ran).toEqual(["now"]);
  expect(clock.alarmMs).toBe(1_050_000);
  expect(db.all("SELECT kind, ref FROM job ORDER BY kind, ref")).toHaveLength(2);
});

test("leaves an alarm behind while it works", async () => {
  const seen: (number | null)[] = [];
  const { scheduler, clock } = setUp(async () => {
    seen.push(clock.alarmMs);
    return { kind: "done" };
  });
  scheduler.put({ kind: "watch", ref: "", dueMs: 1_000_000 });
  clock.alarmMs = null;
  await scheduler.tick();
  expect(seen[0]).toBeGreaterThan(1_000_000);
});

test("a handler that throws is tried again, later each time, and never lets the alarm throw", async () => {
  const { scheduler, clock, db, faults } = setUp(async () => {
    throw new Error("broken");
  });
  scheduler.put({ kind: "watch", ref: "", dueMs: clock.nowMs });
  const delays: number[] = [];
  for (let i = 0; i < 5; i++) {
    await scheduler.tick();
    const due = earliestDueMs(db) ?? 0;
    delays.push(due - clock.nowMs);
    clock.nowMs = due;
  }
  expect(faults).toHaveLength(5);
  expect(delays).toEqual([...delays].sort((a, b) => a - b));
  expect(delays[4]).toBeGreaterThan(delays[0] ?? 0);
});

test("a job that somebody moved meanwhile keeps the earlier time", async () => {
  const { scheduler, clock, db } = setUp(async () => {
    scheduler.put({ kind: "watch", ref: "", dueMs: clock.nowMs + 10 });
    return { kind: "again", dueMs: clock.nowMs + 60_000 };
  });
  scheduler.put({ kind: "watch", ref: "", dueMs: clock.nowMs });
  await scheduler.tick();
  expect(earliestDueMs(db)).toBe(clock.nowMs + 10);
});

test("a job that was put again while it finished is not lost", async () => {
  const { scheduler, clock, db } = setUp(async () => {
    scheduler.put({ kind: "watch", ref: "", dueMs: clock.nowMs + 10 });
    return { kind: "done" };
  });
  scheduler.put({ kind: "watch", ref: "", dueMs: clock.nowMs });
  await scheduler.tick();
  expect(earliestDueMs(db)).toBe(clock.nowMs + 10);
});

test("the watchdog arms a lost alarm", async () => {
  const { scheduler, clock } = setUp(async () => ({ kind: "done" }));
  scheduler.put({ kind: "watch", ref: "", dueMs: clock.nowMs });
  clock.alarmMs = null;
  clock.nowMs += 120_000;
  await scheduler.watchdog();
  expect(clock.alarmMs).toBeGreaterThan(clock.nowMs);
});

test("backoff grows to a minute and no further", () => {
  expect(backoffMs(0, 0)).toBe(250);
  expect(backoffMs(3, 0)).toBe(2000);
  expect(backoffMs(50, 0)).toBe(60_000);
  expect(backoffMs(50, 1)).toBe(45_000);
});

test("ensures a job once: one that is there keeps its time", () => {
  const { scheduler, clock } = setUp(async () => ({ kind: "done" }));
  scheduler.ensure({ kind: "forget", ref: "", dueMs: 1_005_000 });
  scheduler.ensure({ kind: "forget", ref: "", dueMs: 1_002_000 });
  expect(clock.alarmMs).toBe(1_005_000);
});

test("lets all jobs wait when the vault can't work", async () => {
  const { scheduler, clock, db } = setUp(idle);
  scheduler.put({ kind: "watch", ref: "", dueMs: 1_000_000 });
  scheduler.postpone(10_000);
  expect(clock.alarmMs).toBe(1_010_000);
  expect(earliestDueMs(db)).toBe(1_000_000);
});
