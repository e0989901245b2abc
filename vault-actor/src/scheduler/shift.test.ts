import { describe, expect, test } from "vitest";
import { createWakeBudget } from "./budget.ts";
import type { Job } from "./job.ts";
import { createShift } from "./shift.ts";
import { keyOf } from "./soft-times.ts";

const startMs = 1_000_000;

/** Lets everything that can go on do so. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** Jobs by name, each with when it is due; they end when the test says so. */
function setUp(due: Record<string, number>, withTimer = true) {
  const clock = { nowMs: startMs };
  const timers: { atMs: number; run: () => void }[] = [];
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const jobs = (atWork: ReadonlySet<string>): Job[] =>
    Object.entries(due)
      .map(([ref, dueMs]): Job => ({ kind: "advance", ref, dueMs, attempt: 0 }))
      .filter(({ kind, ref }) => !atWork.has(keyOf(kind, ref)));
  const budget = createWakeBudget();
  const shift = createShift({
    due: (atWork) => jobs(atWork).filter(({ dueMs }) => dueMs <= clock.nowMs),
    nextMs: (atWork) => {
      const times = jobs(atWork).map(({ dueMs }) => dueMs);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    settle: ({ ref }) => {
      log.push(`${ref} at ${clock.nowMs - startMs}`);
      return new Promise((resolve) => {
        ends.set(ref, () => {
          delete due[ref];
          resolve();
        });
      });
    },
    budget,
    now: () => clock.nowMs,
    timer: withTimer
      ? (ms, run) => {
          const timer = { atMs: clock.nowMs + ms, run };
          timers.push(timer);
          return () => void timers.splice(timers.indexOf(timer), 1);
        }
      : undefined,
  });
  const pass = async (ms: number) => {
    clock.nowMs += ms;
    for (const timer of timers.filter(({ atMs }) => atMs <= clock.nowMs)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.run();
    }
    await settled();
  };
  const end = async (ref: string) => {
    ends.get(ref)?.();
    await settled();
  };
  return { due, clock, timers, log, shift, pass, end, budget };
}

describe("while one job waits", () => {
  test("another runs when it falls due", async () => {
    const { shift, log, pass, end, timers } = setUp({ slow: startMs, later: startMs + 1000 });
    const ran = shift.run();
    await pass(999);
    expect(log).toEqual(["slow at 0"]);
    await pass(1);
    expect(log).toEqual(["slow at 0", "later at 1000"]);
    await end("later");
    await end("slow");
    expect(await ran).toBe(2);
    expect(timers).toEqual([]);
  });

  test("one that is put runs at once; again no sooner than 100 ms after the last round", async () => {
    const { shift, log, pass, end, due } = setUp({ slow: startMs });
    const ran = shift.run();
    await pass(40);
    due.put = startMs + 40;
    shift.notice();
    await settled();
    expect(log).toEqual(["slow at 0", "put at 40"]);
    await end("put");
    due.put = startMs + 40;
    shift.notice();
    await settled();
    expect(log).toEqual(["slow at 0", "put at 40"]);
    await pass(60);
    expect(log).toEqual(["slow at 0", "put at 40", "put at 100"]);
    await end("put");
    await end("slow");
    expect(await ran).toBe(3);
  });

  test("one that is put waits for the wake budget", async () => {
    const { shift, log, pass, end, due, budget } = setUp({ slow: startMs });
    while (budget.left(startMs) > 0) budget.take(startMs);
    const ran = shift.run();
    due.put = startMs;
    shift.notice();
    await settled();
    expect(log).toEqual(["slow at 0"]);
    await pass(500);
    expect(log).toEqual(["slow at 0", "put at 500"]);
    await end("put");
    await end("slow");
    expect(await ran).toBe(2);
  });

  test("the same job does not run twice at once", async () => {
    const { shift, log, pass, end } = setUp({ slow: startMs });
    const ran = shift.run();
    await pass(5000);
    expect(log).toEqual(["slow at 0"]);
    await end("slow");
    expect(await ran).toBe(1);
  });

  test("nothing more is taken on before the wake budget allows it", async () => {
    const { shift, log, pass, end, budget } = setUp({ slow: startMs, b: startMs + 200 });
    while (budget.left(startMs) > 0) budget.take(startMs);
    const ran = shift.run();
    await pass(499);
    expect(log).toEqual(["slow at 0"]);
    await pass(1);
    expect(log).toEqual(["slow at 0", "b at 500"]);
    expect(budget.left(startMs + 500)).toBe(0);
    await end("b");
    await end("slow");
    expect(await ran).toBe(2);
  });

  test("nothing more is taken on after a minute", async () => {
    const { shift, log, pass, end, due } = setUp({ slow: startMs });
    const ran = shift.run();
    await pass(59_999);
    due.late = startMs + 60_000;
    shift.notice();
    await pass(10_000);
    expect(log).toEqual(["slow at 0"]);
    await end("slow");
    expect(await ran).toBe(1);
  });
});

test("what its last job left to do runs in the same tick", async () => {
  const { shift, log, end, due } = setUp({ a: startMs });
  const ran = shift.run();
  due.b = startMs;
  await end("a");
  expect(log).toEqual(["a at 0", "b at 0"]);
  await end("b");
  expect(await ran).toBe(2);
});

test("ends with its last job; what falls due later is the next alarm's", async () => {
  const { shift, log, end, timers } = setUp({ a: startMs, b: startMs + 500 });
  const ran = shift.run();
  await end("a");
  expect(await ran).toBe(1);
  expect(log).toEqual(["a at 0"]);
  expect(timers).toEqual([]);
});

test("without a timer it runs what is due at its start", async () => {
  const { shift, log, pass, end, due } = setUp({ a: startMs, b: startMs + 500 }, false);
  const ran = shift.run();
  await pass(1000);
  due.c = startMs;
  shift.notice();
  await settled();
  await end("a");
  expect(await ran).toBe(1);
  expect(log).toEqual(["a at 0"]);
});

test("with nothing due it ends at once", async () => {
  const { shift } = setUp({ b: startMs + 500 });
  expect(await shift.run()).toBe(0);
});
