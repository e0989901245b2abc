import { describe, expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { schedulerMigration } from "../storage/migrations/0003-scheduler.ts";
import { backoffMs } from "./backoff.ts";
import { maxWakes } from "./budget.ts";
import type { JobHandler } from "./job.ts";
import { createScheduler } from "./scheduler.ts";
import { earliestJobs, readJob } from "./store.ts";

const startMs = 1_000_000;
const idle: JobHandler = async () => ({ kind: "done" });
const never = new Promise<never>(() => {});

/** A vault's due-table, and the platform as far as its alarm goes. */
function setUp(watch: JobHandler, advance: JobHandler = idle) {
  const db = nodeDatabase();
  for (const statement of schedulerMigration.statements) db.run(statement);
  const platform = { nowMs: startMs, alarmMs: null as number | null, sets: [] as number[] };
  const counted = { wakes: 0, alarms: 0, delayed: 0, kept: [] as boolean[] };
  const faults: unknown[] = [];
  /** A life of the object: what it remembers begins anew. */
  const live = () =>
    createScheduler({
      db,
      alarm: {
        get: async () => platform.alarmMs,
        set: (atMs) => {
          platform.alarmMs = atMs;
          platform.sets.push(atMs);
        },
      },
      usage: {
        wake: () => void counted.wakes++,
        alarmSet: () => void counted.alarms++,
        delayed: () => void counted.delayed++,
        keepIfDue: (wrote) => void counted.kept.push(wrote),
      },
      handlers: {
        ...{ watch, advance, forget: idle, renew: idle, recover: idle, reconcile: idle },
        ...{ policy: idle, approval: idle, session: idle, portfolio: idle },
      },
      now: () => platform.nowMs,
      random: () => 0,
      onFault: (fault) => faults.push(fault),
    });
  const scheduler = live();
  const earliestMs = () => earliestJobs(db, 1)[0]?.dueMs;
  return { db, platform, counted, faults, live, scheduler, earliestMs };
}

/** Passes time until the alarm goes off. */
function goOff(platform: { nowMs: number; alarmMs: number | null }) {
  platform.nowMs = Math.max(platform.nowMs, platform.alarmMs ?? Number.NaN);
  platform.alarmMs = null;
}

describe("arms", () => {
  test("for the earliest job", () => {
    const { scheduler, platform } = setUp(idle);
    scheduler.put({ kind: "advance", ref: "a", dueMs: 1_005_000 });
    scheduler.put({ kind: "watch", ref: "", dueMs: 1_002_000 });
    scheduler.put({ kind: "advance", ref: "b", dueMs: 1_009_000 });
    expect(platform.sets).toEqual([1_005_000, 1_002_000]);
  });

  test("once for a job that is ensured: one that is there keeps its time", () => {
    const { scheduler, platform } = setUp(idle);
    scheduler.ensure({ kind: "forget", ref: "", dueMs: 1_005_000 });
    scheduler.ensure({ kind: "forget", ref: "", dueMs: 1_002_000 });
    expect(platform.alarmMs).toBe(1_005_000);
  });

  test("anew after a transaction was taken back, and the alarm with it", () => {
    const { scheduler, platform, db } = setUp(idle);
    scheduler.put({ kind: "forget", ref: "", dueMs: 1_060_000 });
    const change = () => {
      scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
      throw new Error("taken back");
    };
    expect(() => db.transaction(change)).toThrow("taken back");
    // The platform takes the alarm back with the rows.
    platform.alarmMs = 1_060_000;
    scheduler.put({ kind: "advance", ref: "a", dueMs: 1_005_000 });
    expect(platform.alarmMs).toBe(1_005_000);
  });
});

describe("a tick", () => {
  test("runs what is due, and arms for the rest", async () => {
    const ran: string[] = [];
    const { scheduler, platform, db } = setUp(
      async () => ({ kind: "again", dueMs: 1_050_000 }),
      async (ref) => {
        ran.push(ref);
        return { kind: "done" };
      },
    );
    scheduler.put({ kind: "advance", ref: "now", dueMs: startMs });
    scheduler.put({ kind: "advance", ref: "later", dueMs: 1_090_000 });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    expect(ran).toEqual(["now"]);
    expect(platform.alarmMs).toBe(1_050_000);
    expect(db.all("SELECT kind, ref FROM job ORDER BY kind, ref")).toHaveLength(2);
  });

  test("that comes early runs nothing, and waits for the exact time", async () => {
    let runs = 0;
    const { scheduler, platform } = setUp(async () => {
      runs += 1;
      return { kind: "done" };
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs + 3 });
    await scheduler.tick();
    expect(runs).toBe(0);
    expect(platform.alarmMs).toBe(startMs + 3);
  });

  test("has what falls due soon run together, late and not early", async () => {
    const { scheduler, platform } = setUp(async () => ({ kind: "again", dueMs: startMs + 20 }));
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    scheduler.put({ kind: "advance", ref: "a", dueMs: startMs + 70 });
    await scheduler.tick();
    expect(platform.alarmMs).toBe(startMs + 100);
  });

  test("keeps deadlines where they are, however late it is itself", async () => {
    const due: number[] = [];
    const { scheduler, platform, earliestMs } = setUp(async (_, nowMs) => {
      due.push(nowMs);
      return { kind: "again", dueMs: startMs + due.length * 1000 };
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    for (let i = 0; i < 5; i++) {
      goOff(platform);
      platform.nowMs += 37;
      await scheduler.tick();
    }
    expect(due).toEqual([0, 1, 2, 3, 4].map((i) => startMs + i * 1000 + 37));
    expect(earliestMs()).toBe(startMs + 5000);
  });

  test("lets all jobs wait when the vault can't work", async () => {
    const { scheduler, platform, earliestMs } = setUp(async () => {
      throw new Error("must not run");
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick(undefined, async () => 10_000);
    expect(platform.alarmMs).toBe(startMs + 10_000);
    expect(earliestMs()).toBe(startMs);
  });

  test("never throws, whatever breaks, and leaves an alarm", async () => {
    const { scheduler, platform, db, faults } = setUp(idle);
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    db.run("DROP TABLE job");
    goOff(platform);
    await scheduler.tick();
    expect(faults.length).toBeGreaterThan(0);
    expect(platform.alarmMs).toBe(startMs + 60_000);
  });

  test("runs a handler that throws again, later each time", async () => {
    const { scheduler, platform, faults, earliestMs } = setUp(async () => {
      throw new Error("broken");
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    const delays: number[] = [];
    for (let i = 0; i < 5; i++) {
      await scheduler.tick();
      const due = earliestMs() ?? 0;
      delays.push(due - platform.nowMs);
      platform.nowMs = due;
    }
    expect(faults).toHaveLength(5);
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000]);
  });
});

test("a job that can't be written down does not keep the others from it, and leaves an alarm", async () => {
  const ran: string[] = [];
  const { scheduler, platform, db, faults } = setUp(
    async () => ({ kind: "again", dueMs: Number.NaN }),
    async (ref) => {
      await new Promise((resolve) => setTimeout(resolve));
      ran.push(ref);
      return { kind: "done" };
    },
  );
  scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
  scheduler.put({ kind: "advance", ref: "a", dueMs: startMs });
  await scheduler.tick();
  expect([ran, faults.length]).toEqual([["a"], 1]);
  expect(db.all("SELECT kind FROM job")).toEqual([{ kind: "watch" }]);
  expect(platform.alarmMs).toBe(startMs + 60_000);
});

describe("a job", () => {
  test("that somebody moved meanwhile keeps the earlier time", async () => {
    const { scheduler, platform, earliestMs } = setUp(async () => {
      scheduler.put({ kind: "watch", ref: "", dueMs: platform.nowMs + 10 });
      return { kind: "again", dueMs: platform.nowMs + 60_000 };
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    expect(earliestMs()).toBe(startMs + 10);
  });

  test.each([0, 10])("that was put again while it finished is not lost: %i ms", async (ms) => {
    const { scheduler, platform, earliestMs } = setUp(async () => {
      scheduler.put({ kind: "watch", ref: "", dueMs: platform.nowMs + ms });
      return { kind: "done" };
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    expect(earliestMs()).toBe(startMs + ms);
    expect(platform.alarmMs).toBe(startMs + 100);
  });

  test("that was cancelled while it ran does not come back", async () => {
    const { scheduler, earliestMs } = setUp(async () => {
      scheduler.cancel("watch", "");
      return { kind: "again", dueMs: startMs + 10 };
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    expect(earliestMs()).toBeUndefined();
  });
});

describe("a soft job", () => {
  const every: JobHandler = async (_, nowMs) => ({
    kind: "again",
    dueMs: nowMs + 5000,
    soft: true,
  });

  test("writes nothing but the alarm, and runs at its time", async () => {
    const { scheduler, platform, db, counted } = setUp(every);
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    const before = db.rows.written;
    for (let i = 1; i <= 5; i++) {
      goOff(platform);
      platform.sets = [];
      await scheduler.tick();
      expect(platform.sets).toEqual([startMs + i * 5000]);
      expect(scheduler.dueMs("watch", "")).toBe(startMs + i * 5000);
    }
    expect(db.rows.written).toBe(before);
    expect(counted.kept).toEqual(Array(5).fill(false));
  });

  test("does not run before its time when another job wakes the vault", async () => {
    let runs = 0;
    const { scheduler, platform } = setUp(async (ref, nowMs) => {
      runs += 1;
      return every(ref, nowMs);
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    scheduler.put({ kind: "advance", ref: "a", dueMs: startMs + 1000 });
    goOff(platform);
    await scheduler.tick();
    expect(runs).toBe(1);
    expect(platform.alarmMs).toBe(startMs + 5000);
  });

  test("runs at once when it is put", async () => {
    const { scheduler, platform, earliestMs } = setUp(every);
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    platform.nowMs += 1000;
    scheduler.put({ kind: "watch", ref: "", dueMs: platform.nowMs });
    expect(platform.alarmMs).toBe(startMs + 1000);
    expect(earliestMs()).toBe(startMs + 1000);
  });

  test("goes by its row when that is changed behind the scheduler's back", async () => {
    let runs = 0;
    const { scheduler, db } = setUp(async (ref, nowMs) => {
      runs += 1;
      return every(ref, nowMs);
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    db.run("UPDATE job SET due_ms = 0");
    await scheduler.tick();
    expect(runs).toBe(2);
  });

  test("keeps the platform's alarm after an eviction", async () => {
    const { scheduler, platform, live } = setUp(every);
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    const later = live();
    platform.sets = [];
    await later.watchdog();
    expect(platform.sets).toEqual([]);
    expect(later.dueMs("watch", "")).toBe(startMs + 5000);
    later.put({ kind: "advance", ref: "a", dueMs: startMs + 9000 });
    expect(platform.sets).toEqual([]);
    goOff(platform);
    await later.tick();
    expect(platform.sets).toEqual([startMs + 9000]);
    expect(platform.nowMs).toBe(startMs + 5000);
  });

  test("whose alarm is lost with the eviction runs once too early", async () => {
    const { scheduler, platform, live } = setUp(every);
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    platform.alarmMs = null;
    const later = live();
    await later.watchdog();
    expect(platform.alarmMs).toBe(startMs + 100);
    goOff(platform);
    await later.tick();
    expect(platform.alarmMs).toBe(startMs + 5100);
  });

  test("that failed is written once more, so that its count of failures is right", async () => {
    let broken = true;
    const { scheduler, platform, db } = setUp(async (ref, nowMs) =>
      broken ? { kind: "retry", reason: "broken" } : every(ref, nowMs),
    );
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    await scheduler.tick();
    broken = false;
    goOff(platform);
    await scheduler.tick();
    const again = platform.nowMs + 5000;
    expect(readJob(db, "watch", "")).toMatchObject({ attempt: 0, dueMs: again });
    const written = db.rows.written;
    goOff(platform);
    await scheduler.tick();
    expect(db.rows.written).toBe(written);
  });
});

describe("whoever dies", () => {
  test("leaves the platform's own repetition, also when a job was put meanwhile", async () => {
    const { scheduler, platform } = setUp(async () => {
      scheduler.put({ kind: "recover", ref: "", dueMs: startMs + 172_800_000 });
      scheduler.put({ kind: "advance", ref: "a", dueMs: startMs });
      return never;
    });
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    goOff(platform);
    platform.sets = [];
    void scheduler.tick({ retryCount: 0 });
    await new Promise((resolve) => setTimeout(resolve));
    expect(platform.sets).toEqual([]);
  });

  test("has the platform's count of repetitions begin anew before it runs out", async () => {
    const dying: JobHandler = () => never;
    const ahead = async (retryCount: number) => {
      const { scheduler, platform } = setUp(dying);
      scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
      goOff(platform);
      void scheduler.tick({ retryCount });
      return platform.alarmMs;
    };
    const alarms = await Promise.all([0, 1, 2, 3, 4, 5, 6].map(ahead));
    expect(alarms).toEqual([null, null, null, ...Array(4).fill(startMs + 60_000)]);
  });

  test("also before the first await: keys and notary are asked after it is armed", async () => {
    const { scheduler, platform } = setUp(idle);
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    goOff(platform);
    void scheduler.tick({ retryCount: 3 }, () => never);
    expect(platform.alarmMs).toBe(startMs + 60_000);
  });

  test("does not keep the next tick from ending, nor jobs from being armed", async () => {
    let hangs = true;
    const { scheduler, platform } = setUp(async () =>
      hangs ? never : { kind: "again", dueMs: platform.nowMs + 60_000 },
    );
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    goOff(platform);
    void scheduler.tick();
    await new Promise((resolve) => setTimeout(resolve));
    platform.nowMs += 15 * 60_000;
    scheduler.put({ kind: "advance", ref: "a", dueMs: platform.nowMs });
    expect(platform.alarmMs).toBe(platform.nowMs);
    hangs = false;
    goOff(platform);
    await scheduler.tick({ retryCount: 1 });
    expect(platform.alarmMs).toBe(platform.nowMs + 60_000);
    scheduler.put({ kind: "advance", ref: "b", dueMs: platform.nowMs + 5 });
    expect(platform.alarmMs).toBe(platform.nowMs + 5);
  });
});

describe("the watchdog", () => {
  test("arms a lost alarm", async () => {
    const { scheduler, platform } = setUp(idle);
    scheduler.put({ kind: "watch", ref: "", dueMs: platform.nowMs });
    platform.alarmMs = null;
    platform.nowMs += 120_000;
    await scheduler.watchdog();
    expect(platform.alarmMs).toBeGreaterThan(platform.nowMs);
  });

  test("does not overrule what was set while it asked", async () => {
    const { scheduler, platform, live } = setUp(idle);
    scheduler.put({ kind: "forget", ref: "", dueMs: startMs + 60_000 });
    const later = live();
    const asked = later.watchdog();
    later.put({ kind: "watch", ref: "", dueMs: startMs + 10 });
    await asked;
    later.put({ kind: "advance", ref: "a", dueMs: startMs + 5000 });
    expect(platform.alarmMs).toBe(startMs + 10);
  });

  test("leaves a tick at work alone", async () => {
    const { scheduler, platform } = setUp(() => never);
    scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
    goOff(platform);
    platform.sets = [];
    void scheduler.tick();
    await scheduler.watchdog();
    expect(platform.sets).toEqual([]);
  });
});

test("a vault that wakes without a pause is put off, and loses nothing", async () => {
  const { scheduler, platform, counted } = setUp(async (_, nowMs) => ({
    kind: "again",
    dueMs: nowMs,
    soft: true,
  }));
  scheduler.put({ kind: "watch", ref: "", dueMs: startMs });
  const ticks: number[] = [];
  while (platform.nowMs < startMs + 3_600_000) {
    goOff(platform);
    await scheduler.tick();
    ticks.push(platform.nowMs);
  }
  // What it has at once, and two a second.
  expect(ticks.length).toBeLessThanOrEqual(maxWakes + 7200 + 1);
  expect(ticks.length).toBeGreaterThan(7200);
  const gaps = ticks.slice(1).map((atMs, i) => atMs - (ticks[i] ?? 0));
  expect([Math.min(...gaps), Math.max(...gaps)]).toEqual([100, 500]);
  expect(counted.delayed).toBeGreaterThan(6000);
  expect(counted.wakes).toBe(ticks.length);
});

test("backoff grows to a minute and no further", () => {
  expect(backoffMs(0, 0)).toBe(250);
  expect(backoffMs(3, 0)).toBe(2000);
  expect(backoffMs(50, 0)).toBe(60_000);
  expect(backoffMs(50, 1)).toBe(45_000);
});
