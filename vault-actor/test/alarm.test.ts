/** The alarm, in workerd: it works when the world does not, and never gives up. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { reasonOf } from "#protocol/errors";
import type { JobHandler } from "../src/scheduler/job.ts";
import { createScheduler } from "../src/scheduler/scheduler.ts";
import { createUsage } from "../src/scheduler/usage.ts";
import { durableDatabase } from "../src/storage/durable.ts";
import { bindings, claimedVault, type TestVault } from "./support/claimed-vault.ts";

const alarmOf = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, state) => state.storage.getAlarm());

const jobsOf = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
    sql
      .exec<{ kind: string }>("SELECT kind FROM job ORDER BY kind")
      .toArray()
      .map(({ kind }) => kind),
  );

test("without a trigger a vault wakes to forget, and then once a month to look after its keys", async () => {
  const vault = await claimedVault();
  expect(await alarmOf(vault)).toBeGreaterThan(Date.now() + 500_000);
  await runInDurableObject(vault.stub, (_object, { storage: { sql } }) => {
    for (const table of ["nonce", "request", "act"]) sql.exec(`UPDATE ${table} SET until_ms = 1`);
    sql.exec("UPDATE job SET due_ms = 0");
  });
  await runDurableObjectAlarm(vault.stub);
  const left = await runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
    ["nonce", "request", "act"].map((table) => sql.exec(`SELECT * FROM ${table}`).toArray()),
  );
  expect(left).toEqual([[], [], []]);
  expect(await jobsOf(vault)).toEqual(["renew"]);
  expect(await alarmOf(vault)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
});

test("a trigger can't be made while signals are unknown, and nothing is written", async () => {
  const vault = await claimedVault();
  const call = vault.client.triggers.createTrigger({
    parent: vault.name,
    requestId: crypto.randomUUID(),
    trigger: {
      displayName: "x",
      condition: {
        test: {
          case: "signalThreshold",
          value: {
            series: "market.price.eth.usd@v1",
            unit: 1,
            comparator: 1,
            value: "1",
            maxAge: { seconds: 60n },
          },
        },
      },
      intent: {
        chain: "eip155:31337",
        action: {
          action: {
            case: "call",
            value: { target: `eip155:31337:0x${"1".repeat(40)}`, value: "0" },
          },
        },
      },
    },
  });
  expect(await call.then(() => "ok", reasonOf)).toBe("SIGNALS_UNAVAILABLE");
  expect(await jobsOf(vault)).toEqual(["forget", "renew"]);
});

test("an alarm with work that fails arms the next one, later and later, and does not throw", async () => {
  const vault = await claimedVault();
  await runInDurableObject(vault.stub, async (_object, state) => {
    // Its nodes are down, so the comparison with the chain fails every time.
    state.storage.sql.exec("INSERT INTO job VALUES ('reconcile', '', 0, 0)");
    await state.storage.setAlarm(Date.now() + 60_000);
  });
  const delays: number[] = [];
  for (let i = 0; i < 3; i++) {
    await runInDurableObject(vault.stub, (_object, state) => {
      state.storage.sql.exec("UPDATE job SET due_ms = 0");
    });
    expect(await runDurableObjectAlarm(vault.stub)).toBe(true);
    delays.push(((await alarmOf(vault)) ?? 0) - Date.now());
  }
  expect(delays.every((delay) => delay < 60_000)).toBe(true);
  expect(delays[0]).toBeGreaterThan(100);
  expect(delays[2]).toBeGreaterThan(delays[0] ?? 0);
});

test("a call arms an alarm that was lost", async () => {
  const vault = await claimedVault();
  await runInDurableObject(vault.stub, async (_object, state) => {
    state.storage.sql.exec("INSERT INTO job VALUES ('watch', '', 0, 0)");
    await state.storage.deleteAlarm();
  });
  // What the object remembers of its alarm goes with it.
  await evictDurableObject(vault.stub);
  await vault.client.vault.getVault({ name: vault.name });
  expect(await alarmOf(vault)).not.toBeNull();
});

/** A scheduler over an object's own storage, with handlers of the test's. */
function schedulerOn(
  { storage }: DurableObjectState,
  handlers: Partial<Record<"watch" | "advance", JobHandler>>,
) {
  const db = durableDatabase(storage);
  const usage = createUsage({ db, now: () => Date.now() });
  const idle: JobHandler = async () => ({ kind: "done" });
  const scheduler = createScheduler({
    db,
    alarm: { get: () => storage.getAlarm(), set: (atMs) => void storage.setAlarm(atMs) },
    handlers: {
      ...{ watch: idle, advance: idle, forget: idle, renew: idle, recover: idle, reconcile: idle },
      ...{ policy: idle, approval: idle, session: idle, portfolio: idle },
      ...handlers,
    },
    usage,
    now: () => Date.now(),
    random: () => 0,
    onFault: (fault) => {
      throw fault;
    },
  });
  return { db, usage, scheduler };
}

test("an idle tick sets the alarm and writes nothing else, as the storage counts it", async () => {
  const vault = await claimedVault();
  const hour = 3_600_000;
  const [counts, alarm] = await runInDurableObject(vault.stub, async (_object, state) => {
    const { usage, scheduler } = schedulerOn(state, {
      watch: async (_, nowMs) => ({ kind: "again", dueMs: nowMs + hour, soft: true }),
    });
    state.storage.sql.exec("INSERT INTO job VALUES ('watch', '', 0, 0)");
    await scheduler.tick({ retryCount: 0 });
    return [usage.report().counts, await state.storage.getAlarm()] as const;
  });
  expect(counts).toMatchObject({ wakes: 1, alarmsSet: 1, rowsWritten: 0, delayedWakes: 0 });
  expect(counts.rowsRead).toBeLessThan(20);
  // The job that forgets comes before.
  expect(alarm).toBeLessThan(Date.now() + hour);
});

test("an alarm that a transaction took back is set again", async () => {
  const vault = await claimedVault();
  await runInDurableObject(vault.stub, async (_object, state) => {
    const { db, scheduler } = schedulerOn(state, {});
    const [inAMinute, inTwo] = [Date.now() + 60_000, Date.now() + 120_000];
    const change = () => {
      scheduler.put({ kind: "watch", ref: "", dueMs: inAMinute });
      throw new Error("taken back");
    };
    expect(() => db.transaction(change)).toThrow("taken back");
    scheduler.put({ kind: "advance", ref: "a", dueMs: inTwo });
    expect(await state.storage.getAlarm()).toBe(inTwo);
  });
});

test("a tick that dies is repeated by the platform, with all that was due and was put", {
  timeout: 20_000,
}, async () => {
  const vault = await claimedVault();
  const lives: number[] = [];
  await runInDurableObject(vault.stub, async (object, state) => {
    const { scheduler } = schedulerOn(state, {
      advance: async () => {
        lives.push(Date.now());
        scheduler.put({ kind: "recover", ref: "", dueMs: Date.now() + 172_800_000 });
        await state.storage.sync();
        state.abort("dies in the middle");
        return new Promise<never>(() => {});
      },
    });
    (object as { alarm: () => Promise<void> }).alarm = () => scheduler.tick({ retryCount: 0 });
    scheduler.put({ kind: "advance", ref: "e", dueMs: Date.now() });
  }).catch(() => {});
  const left = async () => {
    const stub = bindings.METAVAULT.getByName(vault.vaultId);
    return runInDurableObject(stub, (_object, { storage: { sql } }) =>
      sql.exec("SELECT kind FROM job WHERE kind IN ('advance', 'recover')").toArray(),
    ).catch(() => undefined);
  };
  // The next life is the vault's own: no such execution is there, so the job is done.
  await expect.poll(left, { timeout: 15_000, interval: 250 }).toEqual([{ kind: "recover" }]);
  expect(lives).toHaveLength(1);
});

test("after an eviction a job that looks due waits for the alarm that is set", async () => {
  const vault = await claimedVault();
  const atMs = Date.now() + 60_000;
  await runInDurableObject(vault.stub, async (_object, state) => {
    state.storage.sql.exec("INSERT INTO job VALUES ('watch', '', 0, 0)");
    await state.storage.setAlarm(atMs);
  });
  await evictDurableObject(vault.stub);
  await vault.client.vault.getVault({ name: vault.name });
  await vault.client.vault.freezeVault({ name: vault.name, requestId: crypto.randomUUID() });
  expect(await alarmOf(vault)).toBe(atMs);
});

test("GetUsage tells what waking has cost, and outlives an eviction when something was written", async () => {
  const vault = await claimedVault();
  const usageOf = async () => {
    const { usage } = await vault.client.vault.getUsage({ name: `${vault.name}/usage` });
    if (usage === undefined) throw new Error("no usage");
    return usage;
  };
  const before = await usageOf();
  expect(before).toMatchObject({ name: `${vault.name}/usage`, wakeCount: 0n, wakesLeft: 600n });
  expect(before.rowsWritten).toBeGreaterThan(0n);
  await runInDurableObject(vault.stub, (_object, { storage: { sql } }) => {
    for (const table of ["nonce", "request", "act"]) sql.exec(`UPDATE ${table} SET until_ms = 1`);
    sql.exec("UPDATE job SET due_ms = 0 WHERE kind = 'forget'");
  });
  await runDurableObjectAlarm(vault.stub);
  const after = await usageOf();
  expect(after).toMatchObject({ wakeCount: 1n, startTime: before.startTime });
  expect(after.alarmSetCount).toBe(before.alarmSetCount + 1n);
  expect(after.rowsWritten).toBeGreaterThan(before.rowsWritten);
  await evictDurableObject(vault.stub);
  const later = await usageOf();
  expect(later).toMatchObject({ wakeCount: 1n, startTime: before.startTime });
});
