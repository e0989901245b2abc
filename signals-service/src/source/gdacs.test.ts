/** The event list's own shape, and what can be wrong with it. The values are invented. */
import { describe, expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { describeAdapter, eventsOf, readingOf } from "../../test/support/adapter.ts";
import { gdacs, readHazards } from "./gdacs.ts";

const nowMs = Date.UTC(2026, 2, 28, 9);
const series = "natural.gdacs@v1";

const feature = (properties: object = {}, changes: object = {}) => ({
  type: "Feature",
  bbox: [95.9, 21.9, 95.9, 21.9],
  geometry: { type: "Point", coordinates: [95.93, 22.01] },
  properties: {
    eventtype: "EQ",
    eventid: 1_546_719,
    episodeid: 1_712_478,
    eventname: "",
    name: "Earthquake in Myanmar",
    htmldescription: "Red M 7.7 Earthquake in Myanmar at: 28 Mar 2026 06:20:54.",
    alertlevel: "Red",
    alertscore: 3,
    episodealertlevel: "Red",
    episodealertscore: 2.71,
    istemporary: "false",
    iscurrent: "true",
    country: "Myanmar",
    fromdate: "2026-03-28T06:20:54",
    todate: "2026-03-28T06:20:54",
    datemodified: "2026-03-28T08:21:10",
    iso3: "MMR",
    source: "NEIC",
    Class: "Point_Centroid",
    affectedcountries: [{ iso2: "MM", iso3: "MMR", countryname: "Myanmar" }],
    severitydata: {
      severity: 7.7,
      severitytext: "Magnitude 7.7M, Depth:10km",
      severityunit: "M",
    },
    ...properties,
  },
  ...changes,
});
const listed = (...features: unknown[]) => ({ type: "FeatureCollection", features });
const flood = feature({ eventtype: "FL", eventid: 7, alertlevel: "Orange" });
const read = (...features: unknown[]) => {
  const result = readHazards(listed(...features), nowMs);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.events;
};
const completeOf = (...features: unknown[]) => {
  const result = readHazards(listed(...features), nowMs);
  return result.ok ? result.value.complete : [];
};
const idsOf = (...features: unknown[]) => read(...features).map(({ ids }) => ids[0]);
const modified = Date.UTC(2026, 2, 28, 8, 21, 10);

describeAdapter("GDACS", gdacs({ url: "https://gdacs.example", key: undefined }), nowMs, {
  happy: {
    says: (url) => {
      expect(url).toBe(
        "https://gdacs.example/gdacsapi/api/events/geteventlist/SEARCH?" +
          "eventlist=DR;EQ;FL;TC;TS;VO;WF&alertlevel=Orange;Red&fromDate=2026-02-25&toDate=2026-03-29",
      );
      return listed(feature());
    },
    check(outcome) {
      expect(eventsOf(outcome)).toEqual([
        {
          series,
          ids: ["gdacs:EQ:1546719"],
          status: Event_Status.CONFIRMED,
          type: "earthquake",
          severityBps: 10_000,
          magnitude: "3",
          occurMs: Date.UTC(2026, 2, 28, 6, 20, 54),
          place: { latitudeE6: 22_010_000, longitudeE6: 95_930_000 },
          attributes: { hazard: "EQ", episode: "1712478", severity: "7.7", country: "MM" },
        },
      ]);
      const { value, observeMs } = readingOf(outcome, series);
      expect([value, observeMs]).toEqual([undefined, modified]);
    },
  },
  "empty but valid": { none: "a month on earth is never without an alert: see P14" },
  "missing and null": {
    says: () =>
      listed(
        feature({ affectedcountries: null, severitydata: { severity: null } }, { geometry: null }),
        feature({ eventid: 8, alertlevel: null }),
        feature({ eventid: null }),
        feature({ eventid: 9, fromdate: null }),
      ),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([
        { place: undefined, attributes: { hazard: "EQ", episode: "1712478" } },
      ]),
  },
  stale: {
    says: () => listed(feature({ datemodified: "2026-03-20T00:00:00" })),
    check: (outcome) => expect(readingOf(outcome, series).observeMs).toBe(Date.UTC(2026, 2, 20)),
  },
  "dated in the future": {
    says: () =>
      listed(
        flood,
        feature({ fromdate: "2026-03-28T09:05:01" }),
        feature({ eventid: 8, datemodified: "2026-03-28T09:05:01" }),
      ),
    check: (outcome) => expect(eventsOf(outcome)).toMatchObject([{ ids: ["gdacs:FL:7"] }]),
  },
  "an unknown enum": {
    says: () =>
      listed(feature({ alertlevel: "Purple" }), feature({ eventtype: "XX", iscurrent: "maybe" })),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([
        { ids: ["gdacs:XX:1546719"], type: "other", status: Event_Status.CONFIRMED },
      ]),
  },
  "a string for a number": {
    says: () =>
      listed(
        feature({ eventid: "1546719", episodeid: "1712478", severitydata: { severity: "7.7" } }),
      ),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([
        { ids: ["gdacs:EQ:1546719"], attributes: { hazard: "EQ", episode: "1712478" } },
      ]),
  },
  "revised and retracted": {
    says: () => listed(feature({ istemporary: "true" }), { ...flood, properties: closed() }),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([
        { status: Event_Status.PRELIMINARY },
        { ids: ["gdacs:FL:7"], status: Event_Status.CLOSED },
      ]),
  },
  duplicated: {
    says: () => listed(feature(), feature()),
    check: (outcome) => expect(eventsOf(outcome)).toHaveLength(1),
  },
  "partial coverage": {
    says: () => listed(feature(), null, "x"),
    check(outcome) {
      expect(eventsOf(outcome)).toHaveLength(1);
      if (outcome.kind === "ok") expect(outcome.readings.complete).toBeUndefined();
    },
  },
});

function closed(): object {
  return { ...flood.properties, iscurrent: "false" };
}

test("P7: only orange and red, and what began in the last 30 days", () => {
  expect(idsOf(flood, feature({ alertlevel: "Green" }))).toEqual(["gdacs:FL:7"]);
  const old = feature({ eventtype: "DR", fromdate: "2026-02-26T08:59:59" });
  const edge = feature({ eventtype: "VO", fromdate: "2026-02-26T09:00:00" });
  expect(idsOf(old, edge)).toEqual(["gdacs:VO:1546719"]);
});

test("P10: the latest episode is the event, whatever comes first", () => {
  const first = feature();
  const next = feature({ episodeid: 1_712_479, alertlevel: "Orange" });
  const expected = [{ magnitude: "2", attributes: { episode: "1712479" } }];
  expect(read(first, next)).toMatchObject(expected);
  expect(read(next, first)).toMatchObject(expected);
  const ended = feature({ episodeid: 1_712_480, alertlevel: "Green" });
  expect(idsOf(flood, first, ended, next)).toEqual(["gdacs:FL:7"]);
  const corrected = feature({ alertlevel: "Orange", datemodified: "2026-03-28T08:30:00" });
  expect(read(corrected, first)).toMatchObject([{ magnitude: "2" }]);
  expect(read(first, corrected)).toMatchObject([{ magnitude: "2" }]);
});

describe("P10: a missing event is gone only when the answer is surely whole", () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => feature({ eventid: i }));
  test("whole: everything of the window, less a margin", () => {
    const since = { series, sinceMs: nowMs - 29 * 86_400_000 };
    expect(completeOf(feature(), feature({ alertlevel: "Green" }))).toEqual([since]);
    expect(completeOf(...many(99))).toEqual([since]);
  });
  test.for<readonly [string, readonly unknown[]]>([
    ["it is as long as it may be", many(100)],
    ["one has no start", [feature(), feature({ fromdate: null })]],
    ["one has an alert that is not known", [feature(), feature({ alertlevel: "Purple" })]],
    ["one is dated ahead", [feature(), feature({ datemodified: "2026-03-28T09:05:01" })]],
  ])("not when %s", ([, features]) => {
    expect(completeOf(...features)).toBeUndefined();
  });
});

describe("P14: a list without anything that can be read is no answer", () => {
  test.for<readonly [string, readonly unknown[]]>([
    ["empty", []],
    ["of something else", [{}, null]],
    ["of green alerts only", [feature({ alertlevel: "Green" })]],
  ])("%s", ([, features]) => {
    expect(readHazards(listed(...features), nowMs).ok).toBe(false);
  });
});

test("P16: what is dated more than five minutes ahead is refused", () => {
  expect(idsOf(flood, feature({ fromdate: "2026-03-28T09:05:00" }))).toHaveLength(2);
  expect(idsOf(flood, feature({ fromdate: "2026-03-28T09:05:01" }))).toEqual(["gdacs:FL:7"]);
});

test("P17: an event that comes as several features is one, at its centre", () => {
  const track = feature(
    { Class: "Poly_Green" },
    { geometry: { type: "Polygon", coordinates: [[[1, 1]]] } },
  );
  const wind = feature({ Class: "Point_1" }, { geometry: { type: "Point", coordinates: [1, 2] } });
  for (const features of [
    [track, wind, feature()],
    [feature(), wind, track],
  ]) {
    expect(read(...features)).toMatchObject([{ place: { latitudeE6: 22_010_000 } }]);
  }
});
