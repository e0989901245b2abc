/** The annotations' own shape, and what can be wrong with them. The values are invented. */
import { describe, expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { describeAdapter, eventsOf, readingOf } from "../../test/support/adapter.ts";
import { radar, readOutages } from "./radar.ts";

const nowMs = Date.UTC(2026, 7, 22, 14);
const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 7, 20, 6, 30);
const series = "infra.outage@v1";

const annotation = (changes: object = {}) => ({
  id: "550",
  dataSource: "ALL",
  description: "Shutdown after protests.",
  scope: null,
  startDate: "2026-08-20T06:30:00Z",
  endDate: null,
  locations: ["IR"],
  locationsDetails: [{ code: "IR", name: "Iran" }],
  asns: [],
  asnsDetails: [],
  eventType: "OUTAGE",
  linkedUrl: "https://news.example/iran",
  outage: { outageCause: "GOVERNMENT_DIRECTED", outageType: "NATIONWIDE" },
  ...changes,
});
const listed = (...annotations: unknown[]) => ({
  success: true,
  errors: [],
  messages: [],
  result: { annotations },
});
const outage = (outageType: unknown) => ({ outage: { outageCause: null, outageType } });
const read = (...annotations: unknown[]) => {
  const result = readOutages(listed(...annotations), nowMs);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
};
const source = radar({ url: "https://radar.example", key: "secret" });

describeAdapter("Cloudflare Radar", source, nowMs, {
  happy: {
    says: (url) => {
      expect(url).toMatch(/^https:\/\/radar\.example\/client\/v4\/radar\/annotations\/outages\?/);
      return listed(annotation());
    },
    check(outcome) {
      expect(eventsOf(outcome)).toEqual([
        {
          series,
          ids: ["cf:550:IR"],
          status: Event_Status.CONFIRMED,
          type: "nationwide",
          severityBps: 10_000,
          magnitude: "3",
          occurMs: startMs,
          expireMs: startMs + 366 * dayMs,
          place: undefined,
          attributes: { country: "IR", cause: "government_directed" },
        },
      ]);
      const { value, observeMs } = readingOf(outcome, series);
      expect([value, observeMs]).toEqual([undefined, nowMs]);
    },
  },
  "empty but valid": { none: "twelve weeks without an outage is no answer: see P14" },
  "missing and null": {
    says: () =>
      listed(annotation({ locations: [], outage: null }), annotation({ startDate: null })),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([
        { ids: ["cf:550"], type: "unknown", magnitude: "1", attributes: {} },
      ]),
  },
  stale: { none: "it doesn't say when it was made" },
  "dated in the future": {
    says: () => listed(annotation({ startDate: "2026-08-22T14:05:01Z" })),
    check(outcome) {
      expect(eventsOf(outcome)).toEqual([]);
      if (outcome.kind === "ok") expect(outcome.readings.complete).toBeUndefined();
    },
  },
  "an unknown enum": {
    says: () => listed(annotation(outage("GALACTIC"))),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([
        { type: "galactic", magnitude: "1", qualities: [Quality.PARTIAL_COVERAGE] },
      ]),
  },
  "a string for a number": {
    says: () => listed(annotation({ id: 550 })),
    check: (outcome) => expect(eventsOf(outcome)).toMatchObject([{ ids: ["cf:550:IR"] }]),
  },
  "revised and retracted": {
    says: () => listed(annotation({ endDate: "2026-08-21T00:00:00Z", ...outage("REGIONAL") })),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([
        {
          status: Event_Status.CLOSED,
          magnitude: "2",
          expireMs: Date.UTC(2026, 7, 21) + 31 * dayMs,
        },
      ]),
  },
  duplicated: {
    says: () => listed(annotation(), annotation()),
    check: (outcome) => expect(eventsOf(outcome)).toHaveLength(1),
  },
  "partial coverage": {
    says: () => listed(...Array.from({ length: 100 }, (_, i) => annotation({ id: `${i}` }))),
    check(outcome) {
      expect(eventsOf(outcome)).toHaveLength(100);
      if (outcome.kind === "ok") expect(outcome.readings.complete).toBeUndefined();
    },
  },
});

test.for<readonly [unknown, string]>([
  ["NATIONWIDE", "3"],
  ["REGIONAL", "2"],
  ["NETWORK", "1"],
  ["PLATFORM", "1"],
  [undefined, "1"],
])("an outage of the type %s has the magnitude %s", ([type, magnitude]) => {
  expect(read(annotation(outage(type))).events).toMatchObject([{ magnitude }]);
});

test("an outage that is to end is not over yet", () => {
  const at = (endDate: string) => read(annotation({ endDate })).events[0]?.status;
  expect(at("2026-08-22T14:00:00Z")).toBe(Event_Status.CLOSED);
  expect(at("2026-08-22T14:00:01Z")).toBe(Event_Status.CONFIRMED);
});

test("an outage of several countries, and one of networks, is one in each", () => {
  const network = { asn: "1", name: "x", locations: { code: "UA", name: "Ukraine" } };
  const events = [
    annotation({ locations: ["IR", "SY", "IR"] }),
    annotation({ id: "551", locations: [], asnsDetails: [network, network] }),
  ];
  const ids = read(...events).events.map(({ ids }) => ids[0]);
  expect(ids).toEqual(["cf:550:IR", "cf:550:SY", "cf:551:UA"]);
});

test("P7: neither what ended before the window nor what is no outage", () => {
  const old = { startDate: "2026-01-01T00:00:00Z" };
  expect(read(annotation({ ...old, endDate: "2026-05-30T13:59:59Z" })).events).toEqual([]);
  expect(read(annotation({ ...old, endDate: "2026-05-30T14:00:00Z" })).events).toHaveLength(1);
  expect(read(annotation(old)).events).toHaveLength(1);
  expect(read(annotation({ eventType: "ANOMALY" })).events).toEqual([]);
});

describe("P10: a missing annotation is gone only when the answer is surely whole", () => {
  test("whole: everything of the window, less a margin", () => {
    expect(read(annotation(), annotation({ eventType: "ANOMALY" })).complete).toEqual([
      { series, sinceMs: nowMs - 83 * dayMs },
    ]);
  });
  test.for<readonly [string, object]>([
    ["one has no start", { startDate: "soon" }],
    ["one has an end that can't be read", { endDate: "soon" }],
    ["one has no id", { id: null }],
  ])("not when %s", ([, changes]) => {
    expect(read(annotation(), annotation(changes)).complete).toBeUndefined();
  });
});

test("P14: an empty list is no answer, and neither is a failure in other words", () => {
  expect(readOutages(listed(), nowMs).ok).toBe(false);
  expect(readOutages({ ...listed(annotation()), success: false }, nowMs).ok).toBe(false);
});

test("P16: what is dated more than five minutes ahead is refused", () => {
  const starts = (startDate: string) => read(annotation({ startDate })).events.length;
  expect(starts("2026-08-22T14:05:00Z")).toBe(1);
  expect(starts("2026-08-22T14:05:01Z")).toBe(0);
});

test("asks with its key, and is off without one", async () => {
  expect(radar({ url: "https://radar.example", key: undefined })).toMatchObject({
    on: false,
    why: "RADAR_KEY is not set",
  });
  const asked: unknown[] = [];
  if (source.on) {
    await source.source.read(async (request) => {
      asked.push(request.headers);
      return { ok: true, value: { json: listed(annotation()), fetchMs: nowMs } };
    }, nowMs);
  }
  expect(asked).toEqual([{ authorization: "Bearer secret" }]);
});
