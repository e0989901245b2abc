import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Condition, ConditionSchema } from "#gen/trigger/v1/condition";
import { InputsSchema } from "#gen/trigger/v1/firing";
import { Schedule_Overlap } from "#gen/trigger/v1/schedule";
import { Verdict } from "#gen/trigger/v1/trigger";
import { account, startMs, viewAt } from "../../../test/support/conditions.ts";
import { cron, every, once, seconds } from "../../../test/support/schedules/conditions.ts";
import { compile } from "../compile.ts";
import { evaluate } from "../evaluate.ts";
import type { Change } from "../leaf-kind.ts";
import { recordInputs, viewOf } from "../record.ts";
import type { States } from "../state.ts";
import type { View } from "../view.ts";

const { SKIP, BUFFER_ONE, ALLOW } = Schedule_Overlap;

/** 2027-01-15T08:00:00Z, a Friday. */
const t0 = startMs;
const minuteMs = 60_000;

const unknown = create(ConditionSchema, {
  test: { case: "signalThreshold", value: { series: "no.such@v1", value: "1" } },
});
const both = (...conditions: Condition[]) =>
  create(ConditionSchema, { test: { case: "all", value: { conditions } } });

/** A trigger that is looked at again and again, and fires whenever it is true. */
class Watched {
  readonly fired: string[] = [];
  states: States = {};
  readonly #condition: Condition;
  readonly #activeMs: number;

  constructor(condition: Condition, activeMs = t0 - 1) {
    this.#condition = condition;
    this.#activeMs = activeMs;
  }

  look(nowMs: number, known: Partial<View> = {}) {
    const node = compile(this.#condition, account);
    const view = viewAt(nowMs, { activeMs: this.#activeMs, ...known });
    const { outcome, states, decided, fired } = evaluate(node, view, this.states);
    this.states = states;
    if (outcome.verdict === Verdict.TRUE) {
      this.fired.push(outcome.causes.join("+"));
      this.#apply(new Map([...decided, ...fired]));
    } else if (outcome.verdict === Verdict.FALSE) this.#apply(decided);
    return outcome;
  }

  #apply(changes: ReadonlyMap<string, Change>) {
    for (const [path, { state }] of changes) {
      if (state !== undefined) this.states = { ...this.states, [path]: state };
    }
  }
}

describe("fires and doesn't", () => {
  test.for<readonly [string, Condition, readonly number[], readonly string[]]>([
    ["once", once(t0), [-1, 0, 1, 2000], ["at/2027-01-15T08:00:00Z"]],
    ["once, at a millisecond", once(t0 + 7), [6, 7], ["at/2027-01-15T08:00:00.007Z"]],
    ["once, not before its time", once(t0 + minuteMs), [0, 59_999], []],
    [
      "at intervals from the anchor, however late the looks are",
      every(10),
      [40, 10_900, 20_001, 29_999],
      ["at/2027-01-15T08:00:00Z", "at/2027-01-15T08:00:10Z", "at/2027-01-15T08:00:20Z"],
    ],
    ["at intervals, not before the anchor", every(10, {}, t0 + 5000), [0, 4999], []],
    [
      "as cron says",
      cron("*/30 * * * * *"),
      [0, 29_999, 30_000, 59_000],
      ["at/2027-01-15T08:00:00Z", "at/2027-01-15T08:00:30Z"],
    ],
    [
      "as cron says in Berlin",
      cron("30 9 * * FRI", "Europe/Berlin"),
      [0, 30 * minuteMs + 20, 24 * 60 * minuteMs],
      ["at/2027-01-15T08:30:00Z"],
    ],
    ["not on another day", cron("30 8 * * MON"), [0, 30 * minuteMs, 31 * minuteMs], []],
  ])("%s", ([, condition, looks, expected]) => {
    const watched = new Watched(condition);
    for (const ms of looks) watched.look(t0 + ms);
    expect(watched.fired).toEqual(expected);
  });
});

describe("an occurrence", () => {
  test("of before the activation does not count", () => {
    const watched = new Watched(every(60), t0 + 500);
    watched.look(t0 + 600);
    expect(watched.fired).toEqual([]);
    watched.look(t0 + minuteMs);
    expect(watched.fired).toEqual(["at/2027-01-15T08:01:00Z"]);
  });

  test.for([
    ["60 s without a word", {}, 60_000],
    ["as long as it says", { catchUp: seconds(5) }, 5000],
  ] as const)("is caught up with for %s", ([, more, limitMs]) => {
    const inTime = new Watched(every(86_400, more));
    inTime.look(t0 + limitMs);
    expect(inTime.fired).toHaveLength(1);
    const late = new Watched(every(86_400, more));
    const { verdict, explain } = late.look(t0 + limitMs + 1);
    expect([verdict, explain()]).toEqual([
      Verdict.FALSE,
      "the occurrence of 2027-01-15T08:00:00Z was missed",
    ]);
    // Not even when the clock steps back.
    late.look(t0 + 1000);
    expect(late.fired).toEqual([]);
  });

  test("is the only one of several missed ones that fires", () => {
    const watched = new Watched(every(60, { catchUp: seconds(3600) }));
    watched.look(t0 + 10 * minuteMs + 5);
    watched.look(t0 + 10 * minuteMs + 6);
    expect(watched.fired).toEqual(["at/2027-01-15T08:10:00Z"]);
  });

  test("is not decided while the rest is unknown, and then missed", () => {
    const watched = new Watched(both(every(3600), unknown));
    expect(watched.look(t0 + 5).verdict).toBe(Verdict.UNKNOWN);
    expect(watched.states).toEqual({});
    expect(watched.look(t0 + 60_001).verdict).toBe(Verdict.FALSE);
    expect(Object.values(watched.states)).toEqual([{ kind: "schedule", decidedMs: t0 }]);
  });

  test("is decided when the rest is false: it does not fire later", () => {
    const no = create(ConditionSchema, {
      test: { case: "not", value: both(every(3600, { catchUp: seconds(3600) })) },
    });
    const watched = new Watched(both(every(3600), no));
    expect(watched.look(t0 + 5).verdict).toBe(Verdict.FALSE);
    expect(Object.keys(watched.states)).toHaveLength(2);
    expect(Object.values(watched.states)).toContainEqual({ kind: "schedule", decidedMs: t0 });
    // Now the rest is true, and the time to catch up is not over.
    watched.look(t0 + 6);
    expect(watched.fired).toEqual([]);
  });

  test("changes no memory but its decision", () => {
    const watched = new Watched(every(60));
    watched.look(t0);
    const { states } = watched;
    for (const ms of [1, 1000, 59_999]) watched.look(t0 + ms);
    expect(watched.states).toBe(states);
  });

  test("replays from its record", () => {
    const node = compile(cron("0 9 * * *", "Europe/Berlin"), account);
    const view = viewAt(t0 + 5, { activeMs: t0 - 1, busy: true });
    const before = { schedule: { kind: "schedule", decidedMs: t0 - 1000 } } as const;
    const inputs = recordInputs(node, view, before);
    const record = viewOf(fromBinary(InputsSchema, toBinary(InputsSchema, inputs)));
    const told = ({ outcome, states }: ReturnType<typeof evaluate>) => [
      outcome.verdict,
      outcome.explain(),
      outcome.lookMs,
      states,
    ];
    const replayed = evaluate(node, record.view, record.states);
    expect(told(replayed)).toEqual(told(evaluate(node, view, before)));
    expect(told(replayed)[1]).toContain("is skipped");
  });
});

describe("while the one before executes", () => {
  test.for<readonly [string, Schedule_Overlap, readonly string[], readonly string[]]>([
    ["skips, if nothing is said", Schedule_Overlap.UNSPECIFIED, [], ["08:03"]],
    ["skips", SKIP, [], ["08:03"]],
    ["keeps the newest", BUFFER_ONE, [], ["08:02", "08:03"]],
    ["goes on", ALLOW, ["08:00", "08:01", "08:02"], ["08:00", "08:01", "08:02", "08:03"]],
  ])("%s", ([, overlap, whileBusy, after]) => {
    const watched = new Watched(every(60, { overlap, catchUp: seconds(20) }));
    const times = () => watched.fired.map((cause) => cause.slice(14, 19));
    for (const n of [0, 1, 2]) watched.look(t0 + n * minuteMs + 5, { busy: true });
    expect(times()).toEqual(whileBusy);
    // It ended after the time to catch up with 08:02.
    watched.look(t0 + 2 * minuteMs + 50_000);
    watched.look(t0 + 3 * minuteMs + 5);
    watched.look(t0 + 3 * minuteMs + 6);
    expect(times()).toEqual(after);
  });

  test("a skipped one does not fire when the other ends in time", () => {
    const watched = new Watched(every(3600));
    watched.look(t0 + 5, { busy: true });
    watched.look(t0 + 10);
    expect(watched.fired).toEqual([]);
  });

  test("one that waits has its turn before one that is due", () => {
    const watched = new Watched(every(60, { overlap: BUFFER_ONE }));
    watched.look(t0 + 5, { busy: true });
    const { lookMs } = watched.look(t0 + minuteMs + 5);
    expect(lookMs).toBe(t0 + minuteMs + 6);
    watched.look(t0 + minuteMs + 6, { busy: true });
    watched.look(t0 + minuteMs + 900);
    expect(watched.fired).toEqual(["at/2027-01-15T08:00:00Z", "at/2027-01-15T08:01:00Z"]);
  });

  test("a missed one does not take the place of one that waits", () => {
    const watched = new Watched(every(3600, { overlap: BUFFER_ONE }));
    watched.look(t0 + 5, { busy: true });
    watched.look(t0 + 3_600_000 + 60_001, { busy: true });
    watched.look(t0 + 3_600_000 + 60_002);
    expect(watched.fired).toEqual(["at/2027-01-15T08:00:00Z"]);
  });

  test("what waited before a pause does not count after it", () => {
    const before = new Watched(every(3600, { overlap: BUFFER_ONE }));
    before.look(t0 + 5, { busy: true });
    const resumed = new Watched(every(3600, { overlap: BUFFER_ONE }), t0 + 1000);
    resumed.states = before.states;
    resumed.look(t0 + 2000);
    expect(resumed.fired).toEqual([]);
  });

  test("depends on the execution, unless it goes on anyway", () => {
    const depends = (overlap: Schedule_Overlap) => compile(every(60, { overlap }), account).depends;
    expect(depends(SKIP)).toEqual([{ kind: "execution" }]);
    expect(depends(ALLOW)).toEqual([]);
  });
});

describe("the next look", () => {
  test.for<readonly [string, Condition, number, number | undefined]>([
    ["is at the occurrence", once(t0 + 10), 0, 10],
    ["is at the next occurrence", every(7), 8000, 14_000],
    ["is when the time to catch up is over", every(3600), 10, 60_001],
    ["is at the next occurrence if that is sooner", every(60), 10, 60_000],
    ["is never after the last", once(t0 - 100_000), 0, undefined],
  ])("%s", ([, condition, now, expected]) => {
    const { lookMs } = new Watched(condition).look(t0 + now);
    expect(lookMs).toBe(expected === undefined ? Number.POSITIVE_INFINITY : t0 + expected);
  });
});

test("each occurrence fires at most once, and each that is looked at in time does", () => {
  const jumps = fc.array(fc.integer({ min: -200_000, max: 300_000 }), { maxLength: 60 });
  fc.assert(
    fc.property(jumps, fc.integer({ min: 1, max: 200 }), (steps, period) => {
      const watched = new Watched(every(period, { overlap: ALLOW }));
      let now = t0;
      let latest = t0 - 1;
      const due = new Set<number>();
      for (const step of steps) {
        now = Math.max(t0, now + step);
        watched.look(now);
        const last = now - ((now - t0) % (period * 1000));
        if (last > latest && now - last <= 60_000) due.add(last);
        latest = Math.max(latest, last);
      }
      expect(new Set(watched.fired).size).toBe(watched.fired.length);
      expect(watched.fired.map((cause) => Date.parse(cause.slice(3)))).toEqual([...due]);
    }),
  );
});
