/** A part of the sweep, and that it can fail: broken modules are found, with a seed that repeats. */
import { describe, expect, test } from "vitest";
import { createScheduler } from "../src/scheduler/scheduler.ts";
import { deleteJob } from "../src/scheduler/store.ts";
import type { Database } from "../src/storage/database.ts";
import { createWatch } from "../src/trigger/watch.ts";
import { createRunner } from "./run.ts";
import { runSlice } from "./slice.ts";
import { merge, toDocument } from "./tally.ts";
import type { Modules } from "./vault/life.ts";

const whole = (seed: number, runs: number) => ({ seed, runs, offset: 0, step: 1 });

/** Many times what it takes: a busy machine must not fail it. */
const timeout = 300_000;

test("1,500 runs: nothing fires twice, nothing is lost, nothing is stuck", {
  timeout,
}, async () => {
  const tally = await runSlice(whole(1, 1500));
  expect(toDocument(1, tally)).toEqual({ runs: 1500, seed: 1, duplicates: 0, lost: 0, stuck: 0 });
  expect(tally.firings).toBeGreaterThan(3000);
});

test("who makes a run does not change it", { timeout }, async () => {
  const alone = await runSlice(whole(7, 40));
  const parts = await Promise.all(
    [0, 1, 2].map((offset) => runSlice({ seed: 7, runs: 40, offset, step: 3 })),
  );
  expect(parts.reduce(merge)).toEqual(alone);
});

const broken: readonly (readonly [string, "duplicate" | "lost" | "stuck", Modules])[] = [
  ["a firing whose occurrence is not unique", "duplicate", { createScheduler, createWatch: anew }],
  ["a job that is removed before it is done", "stuck", { createScheduler: hasty, createWatch }],
  ["an alarm that is not always set", "lost", { createScheduler: lazy, createWatch }],
];

describe("the sweep finds", () => {
  test.for(broken)("%s", { timeout }, async ([, kind, modules]) => {
    const run = createRunner(modules);
    for (let seed = 1; seed <= 200; seed++) {
      const { findings } = await run(seed);
      if (!findings.some((one) => one.kind === kind)) continue;
      expect((await createRunner(modules)(seed)).findings).toEqual(findings);
      expect((await createRunner()(seed)).findings).toEqual([]);
      return;
    }
    expect.fail("nothing was found");
  });
});

/** Forgets what has fired, and lets it fire under another key. */
function anew(deps: Parameters<typeof createWatch>[0]) {
  let firings = 0;
  const db: Database = Object.assign(Object.create(deps.db) as Database, {
    all: (sql: string, ...values: never[]) =>
      sql.includes("FROM trigger_cause") ? [] : deps.db.all(sql, ...values),
    run: (sql: string, ...values: string[]) => {
      if (!sql.includes("INTO firing")) return deps.db.run(sql, ...values);
      const [firingId = "", triggerId = "", key = "", ...rest] = values;
      return deps.db.run(sql, firingId, triggerId, `${key}/${firings++}`, ...rest);
    },
  });
  return createWatch({ ...deps, db });
}

/** Takes a job off the table before it has run. */
function hasty(deps: Parameters<typeof createScheduler>[0]) {
  const { db, handlers } = deps;
  const advance: typeof handlers.advance = (ref, nowMs) => {
    deleteJob(db, "advance", ref);
    return handlers.advance(ref, nowMs);
  };
  return createScheduler({ ...deps, handlers: { ...handlers, advance } });
}

/** Forgets to set the alarm now and then. */
function lazy(deps: Parameters<typeof createScheduler>[0]) {
  let calls = 0;
  const set = (atMs: number) => {
    calls += 1;
    if (calls % 5 !== 0) deps.alarm.set(atMs);
  };
  return createScheduler({ ...deps, alarm: { ...deps.alarm, set } });
}
