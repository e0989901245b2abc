import { create } from "@bufbuild/protobuf";
import { beforeEach, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { nodeDatabase } from "../../test/support/node-database.ts";
import type { Database } from "../storage/database.ts";
import { migrate } from "../storage/migrate.ts";
import { spendCauses } from "./firing-store.ts";
import { deleteTrigger, insertTrigger, pauseTrigger, replaceTrigger } from "./store.ts";
import { startingAt } from "./trigger.ts";
import { createWatched } from "./watched-store.ts";

const account = { chainId: 1, address: `0x${"1".repeat(40)}` } as const;

const bodyOf = (value: string) =>
  create(TriggerSchema, {
    condition: {
      test: {
        case: "signalThreshold",
        value: { series: "a.b@v1", unit: Unit.USD, comparator: Comparator.LESS_THAN, value },
      },
    },
  });

let db: Database;
beforeEach(() => {
  db = nodeDatabase();
  migrate(db);
});
const insert = (triggerId: string, value = "1") =>
  insertTrigger(db, { triggerId, body: bodyOf(value), creatorKeyId: "k", createdMs: 1 });
const replace = (triggerId: string, value: string, version: number) =>
  replaceTrigger(db, triggerId, {
    body: bodyOf(value),
    version,
    keyId: "k",
    nowMs: 2,
    standing: startingAt(2),
  });

test("reads nothing while nothing is written", () => {
  insert("a");
  const watched = createWatched(db);
  const first = watched(account);
  const { read } = db.rows;
  expect(watched(account)).toBe(first);
  expect(db.rows.read).toBe(read);
  expect(first.map(({ trigger }) => trigger.triggerId)).toEqual(["a"]);
});

test("keeps what was compiled when only where triggers stand is written", () => {
  for (let i = 0; i < 20; i++) insert(`t${i}`);
  const watched = createWatched(db);
  const before = watched(account);
  db.run("UPDATE trigger_rule SET armed = 0 WHERE trigger_id = 't3'");
  const { read } = db.rows;
  const after = watched(account);
  // The rows and the causes.
  expect(db.rows.read - read).toBe(2);
  expect(after.map(({ rule }) => rule)).toEqual(before.map(({ rule }) => rule));
  expect(after[3]?.rule).toBe(before[3]?.rule);
  expect(after[3]?.trigger.standing.progress.armed).toBe(false);
});

test.each([1, 20])("compiles what was changed and what is new: %i at once", (count) => {
  for (let i = 0; i < count; i++) insert(`t${i}`);
  insert("same");
  const watched = createWatched(db);
  const before = watched(account);
  for (let i = 0; i < count; i++) replace(`t${i}`, "2", 2);
  insert("new");
  const after = watched(account);
  const same = (of: typeof after) => of.find(({ trigger }) => trigger.triggerId === "same")?.rule;
  expect(same(after)).toBe(same(before));
  expect(after).toHaveLength(count + 2);
  for (const { trigger, rule } of after) {
    expect([rule.triggerId, rule.version]).toEqual([trigger.triggerId, trigger.version]);
    const { test } = trigger.body.condition ?? {};
    const value = test?.case === "signalThreshold" ? test.value.value : undefined;
    expect(value).toBe(trigger.version === 2 ? "2" : "1");
  }
});

test("leaves out what is paused or gone, and a change that was taken back", () => {
  for (const id of ["a", "b", "c"]) insert(id);
  const watched = createWatched(db);
  const ids = () => watched(account).map(({ trigger }) => trigger.triggerId);
  expect(ids()).toEqual(["a", "b", "c"]);
  pauseTrigger(db, "a", 2);
  deleteTrigger(db, "b");
  expect(ids()).toEqual(["c"]);
  const change = () => {
    replace("c", "2", 2);
    expect(watched(account)[0]?.rule.version).toBe(2);
    throw new Error("taken back");
  };
  expect(() => db.transaction(change)).toThrow("taken back");
  expect(watched(account)[0]?.rule.version).toBe(1);
});

test("knows the causes that are spent, each trigger its own", () => {
  insert("a");
  insert("b");
  const watched = createWatched(db);
  const spent = () => watched(account).map((one) => [...one.spent]);
  expect(spent()).toEqual([[], []]);
  spendCauses(db, "b", ["event/1", "event/2"], 1);
  expect(spent()).toEqual([[], ["event/1", "event/2"]]);
});
