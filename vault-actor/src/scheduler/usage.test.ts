import { expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { migrate } from "../storage/migrate.ts";
import { createUsage } from "./usage.ts";

const startMs = 1_000_000;

function setUp() {
  const db = nodeDatabase();
  migrate(db);
  const clock = { nowMs: startMs };
  /** A life of the object; what the database counts begins anew with it. */
  const live = () => {
    const rows = { ...db.rows };
    return createUsage({
      db: {
        ...db,
        get rows() {
          return { written: db.rows.written - rows.written, read: db.rows.read - rows.read };
        },
      },
      now: () => clock.nowMs,
    });
  };
  const stored = () => db.all("SELECT wakes FROM usage");
  return { db, clock, live, stored };
}

const none = {
  wakes: 0,
  alarmsSet: 0,
  rowsWritten: 0,
  rowsRead: 0,
  evaluations: 0,
  delayedWakes: 0,
};

test("tells what was counted, before anything is kept", () => {
  const { live } = setUp();
  const usage = live();
  usage.wake();
  usage.wake();
  usage.alarmSet();
  usage.delayed();
  usage.evaluated(7);
  const { startMs: since, counts } = usage.report();
  expect(since).toBe(startMs);
  expect(counts).toMatchObject({ wakes: 2, alarmsSet: 1, delayedWakes: 1, evaluations: 7 });
});

test("counts rows, those that keeping costs among them, each once", () => {
  const { db, live } = setUp();
  const usage = live();
  db.run("INSERT INTO log_cursor VALUES ('a', 1, 1)");
  db.all("SELECT * FROM log_cursor");
  // Asking reads the row that is kept.
  expect(usage.report().counts).toEqual({ ...none, rowsWritten: 1, rowsRead: 2 });
  usage.keepIfDue(true);
  expect(usage.report().counts).toEqual({ ...none, rowsWritten: 2, rowsRead: 3 });
  db.run("INSERT INTO log_cursor VALUES ('b', 1, 1)");
  expect(usage.report().counts).toMatchObject({ rowsWritten: 3, rowsRead: 4 });
});

test("is kept when a tick writes anyway, not oftener than each minute", () => {
  const { clock, live, stored } = setUp();
  const usage = live();
  const tick = (wrote: boolean) => {
    usage.wake();
    usage.keepIfDue(wrote);
    return stored();
  };
  expect(tick(false)).toEqual([]);
  expect(tick(true)).toEqual([{ wakes: 2 }]);
  clock.nowMs += 59_999;
  expect(tick(true)).toEqual([{ wakes: 2 }]);
  clock.nowMs += 1;
  expect(tick(true)).toEqual([{ wakes: 4 }]);
  expect(usage.report().counts.wakes).toBe(4);
});

test("is kept once an hour when nothing is written", () => {
  const { clock, live, stored } = setUp();
  const usage = live();
  for (let i = 0; i < 150; i++) {
    usage.wake();
    usage.keepIfDue(false);
    clock.nowMs += 60_000;
  }
  expect(stored()).toEqual([{ wakes: 121 }]);
});

test("outlives the object as far as it was kept, and says since when", () => {
  const { clock, live } = setUp();
  const first = live();
  first.wake();
  first.keepIfDue(true);
  first.wake();
  clock.nowMs += 5000;
  const second = live();
  second.wake();
  expect(second.report()).toMatchObject({ startMs, counts: { wakes: 2 } });
});
