import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { Derivation_Function, type DerivationSchema } from "#gen/signal/v1/derivation";
import { Event_Status, EventSchema } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { SeriesSchema } from "#gen/signal/v1/series";
import { enumName } from "#protocol/enum-name";
import type { Draft } from "../aggregate/draft.ts";
import { type Basis, derive } from "./derive.ts";

const nowMs = 1_800_000_000_000;
const hour = 3_600_000;
const day = 24 * hour;
const F = Derivation_Function;
type Rule = MessageInitShape<typeof DerivationSchema>;

const latest = (changes: Partial<Draft> = {}): Draft => ({
  series: "base@v1",
  value: undefined,
  low: undefined,
  high: undefined,
  confidenceBps: 5000,
  observeMs: nowMs - 20_000,
  fetchMs: nowMs - 1000,
  expireMs: nowMs + 60_000,
  sinceMs: nowMs - 8 * day,
  sources: ["a"],
  evidence: [new Uint8Array(32)],
  qualities: [],
  ...changes,
});

const event = (magnitude: string | undefined, changes: MessageInitShape<typeof EventSchema> = {}) =>
  create(EventSchema, {
    series: "base@v1",
    id: Math.random().toString(36),
    status: Event_Status.CONFIRMED,
    type: "earthquake",
    ...(magnitude === undefined ? {} : { magnitude }),
    occurTime: timestampFromMs(nowMs - hour),
    expireTime: timestampFromMs(nowMs + 30 * day),
    ...changes,
  });

const seriesOf = (rule: Rule, decimals = 2) =>
  create(SeriesSchema, {
    id: "derived@v1",
    decimals,
    derivation: { series: "base@v1", window: durationFromMs(day), ...rule },
    maxTransportAge: durationFromMs(300_000),
    maxContentAge: durationFromMs(600_000),
  });

function shown(rule: Rule, basis: Partial<Basis> = {}): readonly unknown[] {
  const draft = derive(seriesOf(rule), {
    latest: latest(),
    events: [],
    earlier: undefined,
    nowMs,
    ...basis,
  });
  return [draft.value, ...draft.qualities.map((quality) => enumName(Quality, quality))];
}
const over = (rule: Rule, ...events: readonly ReturnType<typeof event>[]) =>
  shown(rule, { events });
const at = (ms: number) => ({ occurTime: timestampFromMs(ms) });
const tokyo = { latitudeE6: 35_680_000, longitudeE6: 139_690_000 };
const zone = { id: "tokyo300", ...tokyo, radiusKm: 300 };
/** `km` north of Tokyo. */
const north = (km: number) => ({
  place: {
    latitudeE6: Math.round(tokyo.latitudeE6 + (km / 6371) * (180 / Math.PI) * 1e6),
    longitudeE6: tokyo.longitudeE6,
  },
});
const endMs = nowMs - 20_000;

describe("events", () => {
  test.for<readonly [string, readonly unknown[], readonly unknown[]]>([
    ["no event is a count of zero", over({ function: F.COUNT }), ["0"]],
    ["each counts", over({ function: F.COUNT }, event("5"), event("6")), ["2"]],
    ["the largest", over({ function: F.MAX_MAGNITUDE }, event("5"), event("6.1")), ["6.1"]],
    ["no event has no largest", over({ function: F.MAX_MAGNITUDE }), [undefined, "UNAVAILABLE"]],
    ["the gravest", over({ function: F.MAX_SEVERITY }, event("5", { severityBps: 70 })), ["70"]],
    ["no event is of no severity", over({ function: F.MAX_SEVERITY }), ["0"]],
    [
      "P1: an event of unknown severity is not harmless",
      over({ function: F.MAX_SEVERITY }, event("5")),
      [undefined, "UNAVAILABLE"],
    ],
    [
      "P1: an event of unknown size may be larger",
      over({ function: F.MAX_MAGNITUDE }, event("5"), event(undefined)),
      ["5", "PARTIAL_COVERAGE"],
    ],
    [
      "P10: what was taken back never counts",
      over({ function: F.COUNT }, event("5", { status: Event_Status.RETRACTED })),
      ["0"],
    ],
    [
      "what is over counts in its window",
      over({ function: F.COUNT }, event("5", { status: Event_Status.CLOSED })),
      ["1"],
    ],
    [
      "but is not active",
      over({ function: F.ACTIVE }, event("5", { status: Event_Status.CLOSED }), event("4")),
      ["4"],
    ],
    [
      "nor is what has run out",
      over({ function: F.ACTIVE }, event("5", { expireTime: timestampFromMs(endMs) })),
      ["0"],
    ],
    ["the end of the window", over({ function: F.COUNT }, event("5", at(endMs))), ["1"]],
    ["its start is outside", over({ function: F.COUNT }, event("5", at(endMs - day))), ["0"]],
    ["just inside", over({ function: F.COUNT }, event("5", at(endMs - day + 1))), ["1"]],
    [
      "P16: more than five minutes ahead",
      over({ function: F.COUNT }, event("5", at(endMs + 300_001))),
      ["0"],
    ],
    [
      "P7: only the types that are meant",
      over({ function: F.COUNT, types: ["flood"] }, event("5"), event("5", { type: "flood" })),
      ["1"],
    ],
    [
      "P7: only as large, and what has no size is not",
      over({ function: F.COUNT, minMagnitude: "5" }, event("5"), event("4.99"), event(undefined)),
      ["1"],
    ],
    [
      "P7: only as grave",
      over({ function: F.COUNT, minSeverityBps: 10 }, event("5"), event("5", { severityBps: 10 })),
      ["1"],
    ],
    [
      "P7: only of the country",
      over(
        { function: F.COUNT, country: "JP" },
        event("5", { attributes: { country: "JP" } }),
        event("5", { attributes: { country: "CL" } }),
        event("5"),
      ),
      ["1"],
    ],
    ["within the zone", over({ function: F.COUNT, zone }, event("5", north(300.4))), ["1"]],
    ["beyond it", over({ function: F.COUNT, zone }, event("5", north(300.6))), ["0"]],
    ["nowhere is not in a zone", over({ function: F.COUNT, zone }, event("5")), ["0"]],
    [
      "the doubts of what counts, but not that it may be corrected",
      over(
        { function: F.COUNT },
        event("5", { qualities: [Quality.SIMULATED, Quality.PRELIMINARY] }),
      ),
      ["1", "SIMULATED"],
    ],
  ])("%s", ([, actual, expected]) => {
    expect(actual).toEqual(expected);
  });

  test.for<readonly [string, number | undefined, readonly unknown[]]>([
    ["is covered", endMs - day, ["0"]],
    ["is covered but for clocks that differ", endMs - day + 300_000, ["0"]],
    ["is not covered yet", endMs - day + 300_001, [undefined, "WARMUP", "UNAVAILABLE"]],
    ["was never begun", undefined, [undefined, "WARMUP", "UNAVAILABLE"]],
  ])("a window that %s", ([, sinceMs, expected]) => {
    expect(shown({ function: F.COUNT }, { latest: latest({ sinceMs }) })).toEqual(expected);
  });
});

describe("gauges", () => {
  const value = (text: string) => ({ latest: latest({ value: text }) });
  const earlier = (text: string, qualities: Quality[] = []) => ({
    earlier: { value: text, observeMs: nowMs - day, qualities },
  });
  const deviation = (text: string, reference: string) =>
    shown({ function: F.DEVIATION, reference }, value(text));
  test.for<readonly [string, readonly unknown[], readonly unknown[]]>([
    ["a rise", shown({ function: F.DELTA }, { ...value("7.5"), ...earlier("5") }), ["2.5"]],
    ["a fall", shown({ function: F.DELTA }, { ...value("5"), ...earlier("7.5") }), ["-2.5"]],
    ["no change", shown({ function: F.DELTA }, { ...value("5"), ...earlier("5") }), ["0"]],
    [
      "a past that is not covered",
      shown({ function: F.DELTA }, value("5")),
      [undefined, "WARMUP", "UNAVAILABLE"],
    ],
    [
      "a doubtful past",
      shown({ function: F.DELTA }, { ...value("5"), ...earlier("5", [Quality.STEP_LIMITED]) }),
      ["0", "STEP_LIMITED"],
    ],
    ["above", deviation("1.0123", "1"), ["123"]],
    ["below", deviation("0.98765", "1"), ["-123.5"]],
    ["P13: rounded once", deviation("1.00000045", "1"), ["0"]],
    ["a reference of zero is none", deviation("1", "0"), [undefined, "UNAVAILABLE"]],
  ])("%s", ([, actual, expected]) => {
    expect(actual).toEqual(expected);
  });
});

describe("what it rests on", () => {
  const count = { function: F.COUNT } as const;
  test.for<readonly [string, Partial<Draft>, readonly unknown[]]>([
    ["is doubted", { qualities: [Quality.DEGRADED] }, ["0", "DEGRADED"]],
    ["was corrected: no doubt", { qualities: [Quality.REVISED] }, ["0"]],
    ["is missing", { qualities: [Quality.UNAVAILABLE] }, [undefined, "UNAVAILABLE"]],
    [
      "P4: is too old for it",
      { observeMs: nowMs - 600_001 },
      [undefined, "STALE_CONTENT", "UNAVAILABLE"],
    ],
  ])("%s", ([, changes, expected]) => {
    expect(shown(count, { latest: latest(changes) })).toEqual(expected);
  });

  test("gives it its dates, sources and evidence", () => {
    const basis = { latest: latest(), events: [], earlier: undefined, nowMs };
    const { observeMs, fetchMs, sources, evidence, confidenceBps } = latest();
    const draft = derive(seriesOf(count), basis);
    expect(draft).toMatchObject({ observeMs, fetchMs, sources, evidence, confidenceBps });
    expect(draft.expireMs).toBe(nowMs + 60_000);
  });

  test("is nothing", () => {
    expect(shown(count, { latest: undefined })).toEqual([undefined, "UNAVAILABLE"]);
  });
});
