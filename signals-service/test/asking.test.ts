/** Who asks which source when, on a real PostgreSQL. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SourceHealth_State } from "#gen/signal/v1/overview_messages";
import { askDue } from "../src/fetch/ask-due.ts";
import { ensureSchema } from "../src/store/migrate.ts";
import { inTransaction } from "../src/store/postgres.ts";
import { takeQuota } from "../src/store/quota-store.ts";
import { listSources } from "../src/store/source-store.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";
import { played, playUpstreams, startMs } from "./support/played-sources.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const ids = Array.from({ length: 12 }, (_, index) => `s${String(index).padStart(2, "0")}`);
const many = ids.map((id) => played(id));

/** As many runs at once, each on connections of its own. */
const overlapping = async (count: number, run: () => Promise<unknown>) => {
  await Promise.all(Array.from({ length: count }, run));
};

describe("one poller", () => {
  test("P11: of runs that overlap each due source is asked by one", async () => {
    const { ask, keep, state, takeAsked } = playUpstreams(database, many);
    await overlapping(8, async () => keep(await ask()));
    expect(takeAsked()).toEqual(ids);
    await overlapping(8, ask);
    expect(takeAsked()).toEqual([]);
    state.nowMs += 60_000;
    await overlapping(8, async () => keep(await ask()));
    expect(takeAsked()).toEqual(ids);
  });

  test("a run that breaks off between claim and outcome only delays", async () => {
    const { ask, keep, state, takeAsked } = playUpstreams(database, many.slice(0, 2));
    let opened = 0;
    const broken = askDue(
      {
        catalog: many.slice(0, 2),
        fetch: async () => Response.json({ value: 1 }),
        now: () => state.nowMs,
        pace: 1,
      },
      (use) => (++opened === 1 ? database.open(use) : Promise.reject(new Error("gone"))),
    );
    await expect(broken).rejects.toThrow("gone");
    await ask();
    expect(takeAsked()).toEqual([]);
    state.nowMs += 60_000;
    await keep(await ask());
    expect(takeAsked()).toEqual(ids.slice(0, 2));
  });

  test("what was not published is asked again before its period is over", async () => {
    const slow = played("slow", { periodMs: 3_600_000 });
    const { ask, keep, state, takeAsked } = playUpstreams(database, [slow]);
    await ask();
    state.nowMs += 60_000;
    await keep(await ask());
    expect(takeAsked()).toEqual(["slow", "slow"]);
    state.nowMs += 60_000;
    await ask();
    expect(takeAsked()).toEqual([]);
    state.nowMs += 3_960_000;
    await ask();
    expect(takeAsked()).toEqual(["slow"]);
  });

  test("an outcome that comes late doesn't undo another run's claim", async () => {
    const { ask, keep, state, takeAsked } = playUpstreams(database, [played("a")]);
    const late = await ask();
    state.nowMs += 60_000;
    await ask();
    await keep(late);
    await ask();
    expect(takeAsked()).toEqual(["a", "a"]);
  });
});

describe("a source that fails", () => {
  test("by hanging delays no other, and is a failure after its deadline", async () => {
    const catalog = [played("hangs"), ...many];
    const { ask, state } = playUpstreams(database, catalog, 1 / 60);
    const doneMs = new Map<string, number>();
    for (const id of ids) {
      state.says.set(id, () => {
        doneMs.set(id, performance.now());
        return Response.json({ value: 1 });
      });
    }
    state.says.set("hangs", () => new Promise(() => undefined));
    const beganMs = performance.now();
    const outcomes = await ask();
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    expect(doneMs.size).toBe(ids.length);
    expect(Math.max(...doneMs.values()) - beganMs).toBeLessThan(2_000);
    const failed = outcomes.filter(({ kind }) => kind === "failed");
    expect(failed).toMatchObject([{ source: { id: "hangs" }, failure: { reason: "timeout" } }]);
  });

  test("is asked less and less often, and once when its time has come", async () => {
    const { ask, state, takeAsked } = playUpstreams(database, [played("bad"), played("good")]);
    state.says.set("bad", () => new Response("", { status: 500 }));
    const tries: number[] = [];
    for (let minute = 0; minute < 100; minute++) {
      await ask();
      if (takeAsked().includes("bad")) tries.push(minute);
      state.nowMs += 60_000;
    }
    const pauses = tries.slice(1).map((minute, index) => minute - (tries[index] ?? 0));
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.slice(0, 2)).toEqual([1, 1]);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(32);
    expect(tries.length).toBeLessThan(12);
  });

  test("P4: changes nothing of what it said before; a 429 is not “no event”", async () => {
    const { ask, keep, state } = playUpstreams(database, [played("a")]);
    await keep(await ask());
    const before = await database.open((sql) => sql("SELECT hash, first_ms FROM payload"));
    for (const says of [
      () => new Response("slow down", { status: 429 }),
      () => new Response("<html>Oops</html>"),
    ]) {
      state.says.set("a", says);
      state.nowMs += 120_000;
      const outcomes = await ask();
      expect(outcomes.map(({ kind }) => kind)).toEqual(["failed"]);
      await keep(outcomes);
    }
    const after = await database.open((sql) => sql("SELECT hash, first_ms FROM payload"));
    expect(after).toEqual(before);
    const rows = await database.open((sql) =>
      sql<{ success_ms: string; failures: number }>("SELECT success_ms, failures FROM source"),
    );
    expect(rows).toEqual([{ success_ms: String(startMs), failures: 2 }]);
  });
});

describe("an account", () => {
  const shared = (id: string, more = {}) => played(id, { account: "shared", ...more });

  test("P11: makes no more calls in a minute and a day than its quota, however many runs", async () => {
    const limits = { perMinute: 5, perDay: 9, paths: ["1", "2"] };
    const catalog = ids.map((id) => shared(id, limits));
    const { ask, keep, state, takeAsked } = playUpstreams(database, catalog);
    await overlapping(4, async () => keep(await ask()));
    expect(takeAsked()).toHaveLength(5);
    state.nowMs += 60_000;
    await overlapping(4, async () => keep(await ask()));
    expect(takeAsked()).toHaveLength(4);
    for (let minute = 0; minute < 5; minute++) {
      state.nowMs += 60_000;
      const outcomes = await ask();
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ kind: "failed", failure: { reason: "quota" } });
      }
    }
    expect(takeAsked()).toEqual([]);
    state.nowMs = Date.UTC(2026, 10, 26, 0, 1);
    await ask();
    expect(takeAsked()).toHaveLength(5);
  });

  test("P11: is counted once by runs that ask its sources at the same time", async () => {
    await database.open(ensureSchema);
    const quota = { account: "shared", perMinute: 9, perDay: 100 };
    const at = { nowMs: startMs, pace: 1 };
    const take = () =>
      database.open((sql) => inTransaction(sql, () => takeQuota(sql, quota, 2, at)));
    const grants = await Promise.all(Array.from({ length: 12 }, take));
    expect(grants.reduce((sum, { calls }) => sum + calls, 0)).toBe(9);
  });

  test("P11: gives back what it didn't use, and counts a call that failed", async () => {
    const { ask, keep, state } = playUpstreams(database, [shared("a"), shared("b", { paths: [] })]);
    state.says.set("a", () => new Response("", { status: 500 }));
    await keep(await ask());
    const rows = await database.open((sql) => sql("SELECT minute_used, day_used FROM quota"));
    expect(rows).toEqual([{ minute_used: 1, day_used: 1 }]);
  });

  test("P11: that was turned away asks nothing before its time, from any of its sources", async () => {
    const catalog = [shared("a"), shared("b"), played("c")];
    const { ask, keep, state, takeAsked } = playUpstreams(database, catalog);
    await keep(await ask());
    takeAsked();
    state.says.set("a", () => new Response("", { status: 429, headers: { "retry-after": "600" } }));
    state.nowMs += 60_000;
    await keep(await ask());
    takeAsked();
    state.says.delete("a");
    for (let minute = 1; minute < 10; minute++) {
      state.nowMs += 60_000;
      await keep(await ask());
      expect(takeAsked()).toEqual(["c"]);
    }
    state.nowMs += 120_000;
    await keep(await ask());
    expect(takeAsked()).toEqual(["a", "b", "c"]);
  });

  test("of a deployment whose minutes are seconds has its quota by the second", async () => {
    const limits = { perMinute: 2, perDay: 1000, periodMs: 60_000 };
    const { ask, keep, state, takeAsked } = playUpstreams(
      database,
      ids.map((id) => shared(id, limits)),
      1 / 60,
    );
    for (let second = 0; second < 3; second++) {
      await keep(await ask());
      expect(takeAsked()).toHaveLength(2);
      state.nowMs += 1_000;
    }
  });
});

test("an overview of the sources says who is off and why, who is open and who is exhausted", async () => {
  const off = { on: false, id: "off", series: [], why: "OFF_KEY is not set" } as const;
  const catalog = [
    off,
    played("bad"),
    played("good"),
    played("spent", { perDay: 0 }),
    played("gone"),
  ];
  const { ask, keep, state } = playUpstreams(database, catalog.slice(0, 4));
  state.says.set("bad", () => new Response("", { status: 403 }));
  await keep(await ask());
  const at = { nowMs: state.nowMs, pace: 1 };
  const health = await database.open((sql) => listSources(sql, catalog, at));
  expect(health).toMatchObject([
    { source: "bad", state: SourceHealth_State.OPEN, failures: 1, reason: "refused: status 403" },
    { source: "gone", state: SourceHealth_State.IDLE, failures: 0, reason: "" },
    { source: "good", state: SourceHealth_State.OK, quotaUsed: 1, quotaLimit: 10_000 },
    { source: "off", state: SourceHealth_State.OFF, reason: "OFF_KEY is not set" },
    { source: "spent", state: SourceHealth_State.EXHAUSTED, failures: 0, quotaLimit: 0 },
  ]);
});
