/** Looks on a database: what is judged, what is written, and what a crash leaves. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { beforeEach, describe, expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { ObservationSchema } from "#gen/signal/v1/observation";
import { Unit } from "#gen/signal/v1/series";
import type { Condition } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { type FirePolicySchema, TriggerSchema } from "#gen/trigger/v1/trigger";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import { refuse } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { ok } from "#protocol/result";
import { operatingVault, startMs, vaultId } from "../../test/support/operating-vault.ts";
import { writeKey } from "../identity/key-store.ts";
import { readVault } from "../identity/vault-store.ts";
import { fromGrant } from "../identity/wire.ts";
import { list } from "../ledger/store.ts";
import type { Pull, SignalClient } from "../signal/client.ts";
import { readRound } from "../signal/round-store.ts";
import type { World } from "../signal/world.ts";
import type { Database } from "../storage/database.ts";
import { compile } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import { listFirings } from "./firing-store.ts";
import { toEvaluation } from "./outcome.ts";
import { viewOf } from "./record.ts";
import { insertTrigger, pauseTrigger, readTrigger } from "./store.ts";
import { createWatch, type WatchDeps } from "./watch.ts";

const eth = "market.price.eth.usd@v1";
const btc = "market.price.btc.usd@v1";

type Policy = Parameters<typeof create<typeof FirePolicySchema>>[1];
type Test = Exclude<Parameters<typeof create<typeof TriggerSchema>>[1], undefined>["condition"];

const above = (series: string, value: string): Test => ({
  test: {
    case: "signalThreshold",
    value: {
      series,
      unit: Unit.USD,
      comparator: Comparator.GREATER_THAN,
      value,
      maxAge: { seconds: 60n },
    },
  },
});
const at = (ms: number): Test => ({
  test: {
    case: "schedule",
    value: { schedule: { case: "once", value: { time: timestampFromMs(ms) } } },
  },
});

let db: Database;
let nowMs: number;
let pulled: Pull;
let judged: number[];
let planned: string[];
let crash: boolean;
let allowed: boolean;
let watch: ReturnType<typeof createWatch>;

function worldAt(round: bigint, values: Record<string, string>): World {
  const observations = Object.entries(values).map(([series, value]) => {
    const observation = create(ObservationSchema, {
      series,
      round,
      value,
      observeTime: timestampFromMs(nowMs - 1000),
      fetchTime: timestampFromMs(nowMs - 500),
      expireTime: timestampFromMs(nowMs + 120_000),
    });
    return [series, observation] as const;
  });
  return {
    round,
    publishMs: nowMs,
    nextPublishMs: nowMs + 10_000,
    receiveMs: nowMs,
    observations: new Map(observations),
    events: [],
    series: new Map(),
  };
}

function publish(round: bigint, values: Record<string, string>) {
  pulled = { kind: "ok", world: worldAt(round, values) };
}

function add(triggerId: string, condition: Test, firePolicy?: Policy) {
  const body = create(TriggerSchema, {
    ...(condition === undefined ? {} : { condition: condition as Condition }),
    intent: { chain: "eip155:1" },
    ...(firePolicy === undefined ? {} : { firePolicy: firePolicy as never }),
  });
  insertTrigger(db, { triggerId, body, creatorKeyId: "k1", createdMs: startMs });
}

function start({ failing = "", ...changes }: { failing?: string } & Partial<WatchDeps> = {}) {
  watch = createWatch({
    db,
    signals: { current: async () => pulled } as unknown as SignalClient,
    chain: { read: async () => new Map(), readLogs: async () => new Map(), pauseMs: () => 1000 },
    chains: new Map(),
    newId: () => `f${Math.random()}`,
    now: () => nowMs,
    judge: () => (allowed ? ok({ approval: [] }) : refuse("POLICY_REFUSED", "not today", {})),
    evaluated: (count) => {
      // Still within the transaction: what was written so far must go with it.
      if (crash) throw new Error("crash");
      judged.push(count);
    },
    planIntent: (_, { firing }) => {
      if (firing.includes(`/triggers/${failing}/`)) throw new Error("crash");
      planned.push(firing);
      return "executions/x";
    },
    ...changes,
  });
}

const firings = () =>
  db
    .all<{ occurrence_key: string }>("SELECT occurrence_key FROM firing ORDER BY sequence")
    .map((row) => row.occurrence_key);

beforeEach(async () => {
  ({ db } = await operatingVault({}));
  nowMs = startMs + 1000;
  [judged, planned, crash, allowed] = [[], [], false, true];
  publish(1n, { [eth]: "2150", [btc]: "60000" });
  start();
});

describe("a look", () => {
  test("fires once however often the alarm comes, and after a restart", async () => {
    add("t", above(eth, "1"));
    await watch();
    await watch();
    start();
    await watch();
    expect(firings()).toEqual([`t/1/rise/1/${eth}@1`]);
    expect(planned).toHaveLength(1);
  });

  test("that changes nothing writes nothing", async () => {
    add("t", above(eth, "9999"));
    await watch();
    const before = db.rows.written;
    nowMs += 10_000;
    publish(2n, { [eth]: "2151", [btc]: "60001" });
    await watch();
    expect(judged).toEqual([1, 1]);
    expect(db.rows.written).toBe(before);
    expect(readRound(db)?.round).toBe(1n);
    nowMs += 600_000;
    publish(3n, { [eth]: "2152", [btc]: "60001" });
    await watch();
    expect(readRound(db)?.round).toBe(3n);
  });

  test("judges only what depends on what is new", async () => {
    add("a", above(eth, "9999"));
    add("b", above(btc, "99999"));
    await watch();
    const { world } = pulled as Extract<Pull, { kind: "ok" }>;
    const next = worldAt(2n, { [eth]: "2151" });
    const known = world.observations.get(btc);
    if (known === undefined) throw new Error("no observation");
    pulled = {
      kind: "ok",
      world: { ...next, observations: new Map([...next.observations, [btc, known]]) },
    };
    await watch();
    await watch();
    expect(judged).toEqual([2, 1]);
  });

  test("judges again when a reading gets too old, without any news", async () => {
    add("t", above(eth, "9999"));
    await watch();
    nowMs += 60_000;
    pulled = { kind: "retry", reason: "unreachable", world: undefined };
    await watch();
    expect(judged).toEqual([1, 1]);
    expect(readTrigger(db, "t")?.standing.verdict).toBe(3);
  });

  test("that dies in the middle leaves nothing, and the next does all", async () => {
    add("a", above(eth, "1"));
    add("b", above(btc, "1"));
    crash = true;
    await expect(watch()).rejects.toThrow("crash");
    expect(firings()).toEqual([]);
    expect(readTrigger(db, "a")?.standing.progress.fireCount).toBe(0);
    crash = false;
    await watch();
    expect(firings()).toHaveLength(2);
    await watch();
    expect(firings()).toHaveLength(2);
  });

  test("writes down that a trigger came to its end", async () => {
    add("t", above(eth, "1"), { maxFires: 1n });
    await watch();
    const [ended] = list(db, Number.MAX_SAFE_INTEGER, 1);
    expect(readTrigger(db, "t")?.standing.state).toBe("EXHAUSTED");
    expect(ended).toMatchObject({
      kind: "TRIGGER_CHANGED",
      actor: `vaults/${vaultId}/triggers/t`,
      facts: '{"change":"exhausted"}',
    });
  });

  test("records what the policy says", async () => {
    add("t", above(eth, "1"));
    await watch();
    const [row] = listFirings(db, "t", 1000, 1);
    expect(row?.firing.decision).toMatchObject({ allowed: true, reason: "" });
    allowed = false;
    nowMs += 1;
    add("u", above(eth, "1"));
    await watch();
    const [other] = listFirings(db, "u", 1000, 1);
    expect(other?.firing.decision).toMatchObject({ allowed: false, reason: "POLICY_REFUSED" });
    expect(other?.firing.execution).not.toBe("");
  });

  test("records that it waits for the owners", async () => {
    start({ judge: () => ok({ approval: ["ask the owners"] }) });
    add("t", above(eth, "1"));
    await watch();
    const [row] = listFirings(db, "t", 1000, 1);
    expect(row?.firing.decision).toMatchObject({ allowed: true, needsApproval: true, reason: "" });
  });

  test("leaves a record that replays to the same verdict, also with what clears and holds", async () => {
    const held = { debounce: { seconds: 5n }, clearCondition: above(btc, "99999") };
    add("t", above(eth, "1"), held as Policy);
    await watch();
    expect(firings()).toEqual([]);
    nowMs += 5_000;
    await watch();
    const [row] = listFirings(db, "t", 1000, 1);
    const { condition, inputs, evaluation } = row?.firing ?? {};
    if (condition === undefined || inputs === undefined) throw new Error("no firing");
    const account = parseAccount(vaultId);
    if (account === undefined) throw new Error("no account");
    const { view, states } = viewOf(inputs);
    expect(Object.keys(states)).toEqual(["debounce"]);
    const again = toEvaluation(evaluate(compile(condition, account), view, states).outcome);
    expect(again).toEqual(evaluation);
  });

  test("does not see a trigger that was paused meanwhile", async () => {
    add("t", above(eth, "9999"));
    await watch();
    pauseTrigger(db, "t", nowMs);
    expect(await watch()).toEqual({ kind: "done" });
    expect(judged).toEqual([1]);
  });
});

describe("a schedule", () => {
  test("is looked at exactly then, without a feed", async () => {
    const dueMs = nowMs + 3_600_123;
    add("t", at(dueMs));
    pulled = { kind: "retry", reason: "unreachable", world: undefined };
    expect(await watch()).toEqual({ kind: "again", dueMs, soft: true });
    nowMs = dueMs;
    await watch();
    expect(firings()).toHaveLength(1);
    expect(await watch()).toEqual({ kind: "done" });
  });

  test("is not held up by a feed that fails", async () => {
    const dueMs = nowMs + 100;
    add("a", above(eth, "1"));
    add("t", at(dueMs));
    pulled = { kind: "retry", reason: "unreachable", world: undefined };
    expect(await watch()).toMatchObject({ kind: "again", dueMs });
    nowMs = dueMs;
    const next = await watch();
    expect(firings()).toEqual([expect.stringMatching(/^t\/1\/at\//)]);
    expect(next).toMatchObject({ kind: "again" });
  });

  test("fires once though the clock steps back and forth", async () => {
    const dueMs = nowMs + 10_000;
    add("t", at(dueMs));
    await watch();
    nowMs = dueMs + 5;
    await watch();
    nowMs = dueMs - 5_000;
    await watch();
    nowMs = dueMs + 10;
    await watch();
    expect(firings()).toHaveLength(1);
  });
});

describe("stale inputs", () => {
  const kinds = () =>
    list(db, 1000, 10)
      .map(({ kind }) => kind)
      .reverse();

  const goStale = async () => {
    await watch();
    pulled = { kind: "retry", reason: "unreachable", world: undefined };
    nowMs += 61_000;
    await watch();
    nowMs += 60_000;
    return watch();
  };

  test("are told once an episode", async () => {
    add("t", above(eth, "9999"), { stale: 2 });
    await goStale();
    nowMs += 60_000;
    await watch();
    expect(kinds()).toEqual(["TRIGGER_STALE"]);
    publish(2n, { [eth]: "2150" });
    await watch();
    expect(kinds()).toEqual(["TRIGGER_STALE", "TRIGGER_FRESH"]);
  });

  test("freeze nothing when the trigger's key may not freeze", async () => {
    add("a", above(eth, "9999"), { stale: 3 });
    await goStale();
    expect(kinds()).toEqual(["TRIGGER_STALE"]);
    expect(readVault(db)?.freeze).toBeUndefined();
  });

  test("freeze the vault, and then nothing else fires", async () => {
    const grant = create(KeyGrantSchema, {
      keyId: "k1",
      scopes: [Scope.VAULT_FREEZE],
      expireTime: timestampFromMs(startMs + 365 * 86_400_000),
    });
    writeKey(db, fromGrant(grant, 1, startMs), grant);
    add("a", above(eth, "9999"), { stale: 3 });
    add("b", at(nowMs + 121_000));
    expect(await goStale()).toEqual({ kind: "done" });
    expect(kinds()).toEqual(["TRIGGER_STALE", "VAULT_FROZEN"]);
    expect(readVault(db)?.freeze).toMatchObject({ reason: "stale inputs" });
    expect(firings()).toEqual([]);
    expect(await watch()).toEqual({ kind: "done" });
  });
});

test("a thousand triggers: only what is new is judged, and a new one alone", async () => {
  for (let i = 0; i < 1000; i++) add(`t${i}`, above(eth, "9999"));
  await watch();
  await watch();
  expect(judged).toEqual([1000]);
  nowMs += 10_000;
  publish(2n, { [eth]: "2151" });
  await watch();
  add("another", above(eth, "9999"));
  await watch();
  expect(judged).toEqual([1000, 1000, 1]);
});

test("the later a feed is, the less often it is asked, down to once in five seconds", async () => {
  add("t", above(eth, "9999"));
  const pauses: number[] = [];
  const dueMs = nowMs + 10_000;
  for (const lateMs of [0, 2000, 8000, 60_000]) {
    nowMs = dueMs + 1000 + lateMs;
    const outcome = await watch();
    pauses.push(outcome.kind === "again" ? outcome.dueMs - nowMs : 0);
  }
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(pauses[0]).toBe(250);
  expect(pauses.slice(2)).toEqual([expect.toSatisfy((ms: number) => ms > 1500 && ms < 3000), 5000]);
});

test("a trigger that can't be judged keeps no other from firing", async () => {
  const faults: unknown[] = [];
  start({ onFault: (fault: unknown) => faults.push(fault), failing: "a" });
  add("a", above(eth, "1"));
  add("b", above(eth, "1"));
  await watch();
  expect(firings()).toEqual([expect.stringContaining("b/1/rise/1")]);
  expect(faults).toHaveLength(1);
  nowMs += 60_000;
  start();
  publish(2n, { [eth]: "2151" });
  await watch();
  expect(firings()).toEqual([
    expect.stringContaining("b/1/rise/1"),
    expect.stringContaining("a/1/rise/1"),
  ]);
});

test("a schedule does not wait for a feed that takes its time", async () => {
  let answer = (_: Pull) => {};
  const slow = new Promise<Pull>((resolve) => {
    answer = resolve;
  });
  const waits: number[] = [];
  start({
    signals: { current: () => slow } as unknown as SignalClient,
    timer: (ms: number, run: () => void) => {
      waits.push(ms);
      const due = setTimeout(() => {
        nowMs += ms;
        run();
      });
      return () => clearTimeout(due);
    },
  });
  add("level", above(eth, "1"));
  add("time", at(nowMs + 5000));
  const looked = watch();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(waits).toEqual([0, 5000]);
  expect(firings()).toEqual([expect.stringContaining("time/1/at/")]);
  answer(pulled);
  await looked;
  expect(firings()).toHaveLength(2);
});
