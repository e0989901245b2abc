import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { type Event, Event_Status, EventSchema } from "#gen/signal/v1/event";
import { ObservationSchema } from "#gen/signal/v1/observation";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { account, viewAt } from "../../../test/support/conditions.ts";
import { compile } from "../compile.ts";
import { evaluate } from "../evaluate.ts";
import { eventsOf } from "./event-facts.ts";

const nowMs = 1_800_000_000_000;
const quakes = "natural.quake@v1";

const event = (id: string, agoMs: number, changes: MessageInitShape<typeof EventSchema> = {}) =>
  create(EventSchema, {
    series: quakes,
    id,
    status: Event_Status.CONFIRMED,
    type: "earthquake",
    magnitude: "7.1",
    occurTime: timestampFromMs(nowMs - agoMs),
    ...changes,
  });
const outcome = (events: readonly Event[], spent: readonly string[] = [], test: object = {}) => {
  const condition = create(ConditionSchema, {
    test: {
      case: "eventMatch",
      value: { series: quakes, maxAge: { seconds: 3600n }, ...test },
    },
  });
  const read = create(ObservationSchema, { fetchTime: timestampFromMs(nowMs - 1000) });
  const observations = new Map([[quakes, read]]);
  const view = viewAt(nowMs, { events, observations, spent: new Set(spent) });
  return evaluate(compile(condition, account), view, {}).outcome;
};

test("the oldest comes first, and each once", () => {
  const events = [event("b", 1000), event("c", 9000), event("a", 1000)];
  expect(outcome(events).causes).toEqual(["event/c"]);
  expect(outcome(events, ["event/c"]).causes).toEqual(["event/a"]);
  expect(outcome(events, ["event/c", "event/a"]).causes).toEqual(["event/b"]);
  expect(outcome(events, ["event/a", "event/b", "event/c"]).verdict).toBe(Verdict.FALSE);
});

test("is looked at again when it is too old, or over before that", () => {
  expect(outcome([event("a", 1000)]).lookMs).toBe(nowMs - 1000 + 3_600_000 + 1);
  const expireTime = timestampFromMs(nowMs + 5000);
  expect(outcome([event("a", 1000, { expireTime })]).lookMs).toBe(nowMs + 5000);
});

test("one dated too far ahead is looked at again when it counts", () => {
  expect(outcome([event("a", -90_000)]).lookMs).toBe(nowMs + 30_000);
});

test.for<readonly [string, Event, object, Verdict]>([
  ["a minute ahead", event("a", -60_000), {}, Verdict.TRUE],
  ["more than a minute ahead", event("a", -60_001), {}, Verdict.FALSE],
  ["of another series", event("a", 1000, { series: "other@v1" }), {}, Verdict.FALSE],
  [
    "of another type",
    event("a", 1000, { type: "quarry blast" }),
    { type: "earthquake" },
    Verdict.FALSE,
  ],
  ["over", event("a", 1000, { expireTime: timestampFromMs(nowMs) }), {}, Verdict.FALSE],
  [
    "not grave enough",
    event("a", 1000, { severityBps: 4999 }),
    { minSeverityBps: 5000 },
    Verdict.FALSE,
  ],
  ["grave enough", event("a", 1000, { severityBps: 5000 }), { minSeverityBps: 5000 }, Verdict.TRUE],
  ["of no place", event("a", 1000), { zone: { radiusKm: 20_000 } }, Verdict.FALSE],
  [
    "taken back, where that counts",
    event("a", 1000, { status: Event_Status.RETRACTED }),
    { statuses: [Event_Status.RETRACTED] },
    Verdict.TRUE,
  ],
])("one that is %s", ([, one, changes, verdict]) => {
  expect(outcome([one], [], changes).verdict).toBe(verdict);
});

test("a list is read once", () => {
  const events = [event("a", 1), event("b", 2)];
  expect(eventsOf(events, quakes)).toBe(eventsOf(events, quakes));
  expect(eventsOf(events, "other@v1")).toEqual([]);
});
