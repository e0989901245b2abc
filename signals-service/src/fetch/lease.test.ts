import { expect, test } from "vitest";
import { createLeases } from "./lease.ts";
import { takeCalls, type Usage, unused } from "./quota.ts";

const quota = { account: "a", perMinute: 12, perDay: 100 };
const startMs = Date.UTC(2026, 10, 25);

function setUp() {
  const state = { nowMs: startMs, usage: unused as Usage, asked: 0, down: false };
  const grant = (calls: number) => {
    const answer = takeCalls(state.usage, quota, calls, { nowMs: state.nowMs, pace: 1 });
    state.usage = answer.usage;
    return answer;
  };
  const leases = createLeases({
    first: new Map([["a", grant(2)]]),
    async grant(_, calls) {
      state.asked++;
      if (state.down) throw new Error("down");
      return grant(calls);
    },
    now: () => state.nowMs,
    pace: 1,
  });
  return { state, leases };
}

test("takes ahead what the claim took, then more, until nothing is left", async () => {
  const { state, leases } = setUp();
  const taken = [];
  for (let i = 0; i < 13; i++) taken.push((await leases.take("a")).ok);
  expect(taken.filter((ok) => ok)).toHaveLength(12);
  expect(state.asked).toBe(3);
  expect(leases.left()).toEqual([]);
});

test("what was taken in a minute that is over is given back, not used", async () => {
  const { state, leases } = setUp();
  state.nowMs += 60_000;
  expect((await leases.take("a")).ok).toBe(true);
  expect(leases.left().map(({ calls, taken }) => [calls, taken.minute.startMs])).toEqual([
    [2, startMs],
    [7, startMs + 60_000],
  ]);
  expect(state.usage.minute).toEqual({ startMs: startMs + 60_000, used: 8 });
});

test("without a word from the database no call is made", async () => {
  const { state, leases } = setUp();
  state.down = true;
  const answers = [];
  for (let i = 0; i < 3; i++) answers.push(await leases.take("a"));
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, false]);
  expect(answers[2]).toMatchObject({ error: { reason: "quota" } });
});
