/** A part of the sweep of executions, and that it can fail: broken code is found. */
import { toHex } from "viem";
import { describe, expect, test } from "vitest";
import type { ChainConfig } from "../../src/account/chain-config.ts";
import type { UserOperation } from "../../src/execution/user-operation.ts";
import type { Database } from "../../src/storage/database.ts";
import { runSlice } from "../slice.ts";
import { toDocument } from "../tally.ts";
import type { Mutation } from "./mutation.ts";
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

/** An operation in a lane of its own: what was signed before may land as well. */
const anotherLane = (operation: UserOperation, sequence: number): UserOperation => ({
  ...operation,
  nonce: toHex(BigInt(operation.nonce) + BigInt(sequence)),
});

const breaks: readonly (readonly [string, "duplicate" | "lost" | "stuck", () => Mutation])[] = [
  [
    "amounts that are free as soon as an execution is to be voided",
    "duplicate",
    () => ({
      database: broken((real, sql, ...values) => {
        if (sql.includes("SET voiding")) {
          real("UPDATE spend SET state = 'RELEASED' WHERE execution_id = ?", values[1] ?? "");
        }
        return real(sql, ...values);
      }),
    }),
  ],
  [
    "amounts that are kept though nothing can take them any more",
    "stuck",
    () => ({
      database: broken((real, sql, ...values) =>
        sql.includes("'RELEASED'") ? 0 : real(sql, ...values),
      ),
    }),
  ],
  [
    "attempts that are forgotten when a dearer one is signed",
    "duplicate",
    () => ({
      database: broken((real, sql, ...values) => {
        if (sql.includes("INTO attempt")) {
          real(
            "UPDATE attempt SET operation_hash = '0x00' WHERE execution_id = ?",
            values[0] ?? "",
          );
        }
        return real(sql, ...values);
      }),
    }),
  ],
  [
    "a dearer operation that holds no dearer fee",
    "duplicate",
    () => ({
      database: broken((real, sql, ...values) => {
        const done = real(sql, ...values);
        const fee = "UPDATE spend SET reserved = '1' WHERE execution_id = ? AND asset LIKE 'fee/%'";
        if (sql.includes("INTO attempt")) real(fee, values[0] ?? "");
        return done;
      }),
    }),
  ],
  [
    "a dearer operation with a nonce of its own",
    "duplicate",
    () => {
      const dearest = new Map<string, bigint>();
      return {
        sent: (operation) => {
          const fee = BigInt(operation.maxFeePerGas);
          const first = dearest.get(operation.nonce) ?? fee;
          dearest.set(operation.nonce, first);
          return anotherLane(operation, fee === first ? 0 : 1);
        },
      };
    },
  ],
  [
    "a new operation for every answer that is lost",
    "duplicate",
    () => ({ sent: (operation, count) => anotherLane(operation, count) }),
  ],
  [
    "executions that are settled before their block is final",
    "lost",
    () => ({ chain: (config) => ({ ...config, confirmations: 0 }) }),
  ],
  ["one operator that is believed alone", "lost", () => ({ chain: trusting })],
  [
    "an execution that is given up after it failed twice",
    "stuck",
    () => ({
      database: broken((real, sql, ...values) =>
        sql.includes("INTO job") && Number(values[3]) > 1
          ? real("DELETE FROM job WHERE ref = ?", values[1] ?? "")
          : real(sql, ...values),
      ),
    }),
  ],
];

function trusting(config: ChainConfig): ChainConfig {
  return { ...config, quorum: 1 };
}

describe("the sweep finds", () => {
  test.for(breaks)("%s", { timeout }, async ([, kind, mutation]) => {
    const [broke, sound] = [createExecutionRunner(mutation), createExecutionRunner()];
    for (let seed = 1; seed <= 3_000; seed++) {
      const { findings } = await broke(seed);
      if (!findings.some((one) => one.kind === kind)) continue;
      expect((await sound(seed)).findings).toEqual([]);
      return;
    }
    expect.fail("nothing was found");
  });
});
