/** A part of the sweep of executions, and that it can fail: broken code is found. */
import { describe, expect, test } from "vitest";
import type { Database } from "../../src/storage/database.ts";
import { runSlice } from "../slice.ts";
import { toDocument } from "../tally.ts";
import { createExecutionRunner } from "./run.ts";

/** Many times what it takes: a busy machine must not fail it. */
const timeout = 300_000;

test("100 runs: nothing takes effect twice, nothing is lost, nothing stays held", {
  timeout,
}, async () => {
  const slice = { part: "execution", seed: 1, runs: 100, offset: 0, step: 1 } as const;
  const tally = await runSlice(slice);
  expect(toDocument(1, tally)).toEqual({ runs: 100, seed: 1, duplicates: 0, lost: 0, stuck: 0 });
  expect(tally.intents).toBeGreaterThan(200);
  expect(tally.landed).toBeGreaterThan(100);
});

type Run = Database["run"];

/** The database with one statement that goes wrong. */
function broken(run: (real: Run, ...args: Parameters<Run>) => number) {
  return (db: Database): Database =>
    Object.assign(Object.create(db) as Database, {
      run: (...args: Parameters<Run>) => run(db.run.bind(db), ...args),
    });
}

const breaks: readonly (readonly [string, "duplicate" | "stuck", (db: Database) => Database])[] = [
  [
    "amounts that are free as soon as an execution is to be voided",
    "duplicate",
    broken((real, sql, ...values) => {
      if (sql.includes("SET voiding")) {
        real("UPDATE spend SET state = 'RELEASED' WHERE execution_id = ?", values[1] ?? "");
      }
      return real(sql, ...values);
    }),
  ],
  [
    "amounts that are kept though nothing can take them any more",
    "stuck",
    broken((real, sql, ...values) => (sql.includes("'RELEASED'") ? 0 : real(sql, ...values))),
  ],
  [
    "attempts that are forgotten when a dearer one is signed",
    "duplicate",
    broken((real, sql, ...values) => {
      if (sql.includes("INTO attempt")) {
        real("UPDATE attempt SET operation_hash = '0x00' WHERE execution_id = ?", values[0] ?? "");
      }
      return real(sql, ...values);
    }),
  ],
];

describe("the sweep finds", () => {
  test.for(breaks)("%s", { timeout }, async ([, kind, wrap]) => {
    const run = createExecutionRunner(wrap);
    for (let seed = 1; seed <= 300; seed++) {
      const { findings } = await run(seed);
      if (!findings.some((one) => one.kind === kind)) continue;
      expect((await createExecutionRunner()(seed)).findings).toEqual([]);
      return;
    }
    expect.fail("nothing was found");
  });
});
