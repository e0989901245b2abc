/** The feed's own shape, and what can be wrong with it. The values are invented. */
import { describe, expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { describeAdapter, eventsOf, readingOf } from "../../test/support/adapter.ts";
import { readQuakes, usgs } from "./usgs.ts";

const nowMs = 1_785_000_200_000;
const generatedMs = 1_785_000_123_000;
const series = "natural.quake@v1";

const feature = (properties: object = {}, changes: object = {}) => ({
  type: "Feature",
  id: "us7000abcd",
  properties: {
    mag: 7.1,
    place: "42 km E of Namie, Japan",
    time: 1_784_990_000_000,
    updated: 1_784_993_500_000,
    url: "https://earthquake.usgs.gov/earthquakes/eventpage/us7000abcd",
    felt: 812,
    alert: "yellow",
    status: "reviewed",
    tsunami: 1,
    sig: 900,
    ids: ",us7000abcd,pt26211050,",
    sources: ",us,pt,",
    magType: "mww",
    type: "earthquake",
    ...properties,
  },
  geometry: { type: "Point", coordinates: [141.63, 37.49, 41.2] },
  ...changes,
});
const feed = (...features: unknown[]) => ({
  type: "FeatureCollection",
  metadata: { generated: generatedMs, status: 200, api: "1.14.1", count: features.length },
  features,
});
const read = (answer: unknown) => {
  const result = readQuakes(answer, nowMs);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
};
const one = (properties: object, changes: object = {}) =>
  read(feed(feature(properties, changes))).events;

describeAdapter("USGS", usgs({ url: "https://usgs.example", key: undefined }), nowMs, {
  happy: {
    says: (url) => {
      expect(url).toBe("https://usgs.example/earthquakes/feed/v1.0/summary/4.5_day.geojson");
      return feed(feature());
    },
    check(outcome) {
      expect(eventsOf(outcome)).toEqual([
        {
          series,
          ids: ["usgs:us7000abcd", "usgs:pt26211050"],
          status: Event_Status.CONFIRMED,
          type: "earthquake",
          severityBps: 5000,
          magnitude: "7.1",
          occurMs: 1_784_990_000_000,
          place: { latitudeE6: 37_490_000, longitudeE6: 141_630_000 },
          attributes: { place: "42 km E of Namie, Japan", depth_km: "41.2" },
        },
      ]);
      expect(readingOf(outcome, series)).toEqual({
        series,
        value: undefined,
        observeMs: generatedMs,
        qualities: [],
      });
    },
  },
  "empty but valid": {
    says: () => feed(),
    check(outcome) {
      expect(eventsOf(outcome)).toEqual([]);
      expect(readingOf(outcome, series).observeMs).toBe(generatedMs);
    },
  },
  "missing and null": {
    says: () => feed(feature({ mag: null, alert: null }, { geometry: null })),
    check(outcome) {
      expect(eventsOf(outcome)).toMatchObject([
        { magnitude: undefined, severityBps: 0, place: undefined },
      ]);
    },
  },
  stale: {
    says: () => ({ ...feed(feature()), metadata: { generated: 1_784_990_000_000, count: 1 } }),
    check(outcome) {
      expect(readingOf(outcome, series).observeMs).toBe(1_784_990_000_000);
      if (outcome.kind === "ok") expect(outcome.readings.complete).toBeUndefined();
    },
  },
  "dated in the future": {
    says: () => feed(feature({ time: nowMs + 300_001 }), feature({}, { id: "us2" })),
    check: (outcome) => expect(eventsOf(outcome).map(({ ids }) => ids[0])).toEqual(["usgs:us2"]),
  },
  "an unknown enum": {
    says: () =>
      feed(
        feature({ status: "guessed" }),
        feature({ alert: "purple", ids: ",us2," }, { id: "us2" }),
      ),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([{ ids: ["usgs:us2"], severityBps: 0 }]),
  },
  "a string for a number": {
    says: () => feed(feature({ mag: "7.1" }), feature({ time: "1784990000000" })),
    check: (outcome) => expect(eventsOf(outcome)).toEqual([]),
  },
  "revised and retracted": {
    says: () =>
      feed(
        feature({ status: "automatic", mag: 7.3 }),
        feature({ status: "deleted", ids: ",us2," }, { id: "us2" }),
      ),
    check: (outcome) =>
      expect(eventsOf(outcome)).toMatchObject([
        { magnitude: "7.3", status: Event_Status.PRELIMINARY },
        { ids: ["usgs:us2"], status: Event_Status.RETRACTED },
      ]),
  },
  duplicated: {
    says: () => feed(feature(), feature()),
    check: (outcome) => expect(eventsOf(outcome)).toHaveLength(1),
  },
  "partial coverage": {
    says: () => ({ ...feed(feature()), metadata: { generated: generatedMs, count: 2 } }),
    check(outcome) {
      expect(eventsOf(outcome)).toHaveLength(1);
      if (outcome.kind === "ok") expect(outcome.readings.complete).toBeUndefined();
    },
  },
});

describe("P7: what the feed should not have is left out", () => {
  test.for<readonly [string, object]>([
    ["too small", { mag: 4.4 }],
    ["zero", { mag: 0 }],
    ["of another kind", { type: "quarry blast" }],
    ["too old", { time: nowMs - 2 * 86_400_000 - 1 }],
  ])("%s", ([, properties]) => {
    expect(one(properties)).toEqual([]);
  });
  test("the smallest stays", () => {
    expect(one({ mag: 4.5 })).toHaveLength(1);
  });
});

describe("P10: a missing event is gone only when the answer is surely whole", () => {
  const since = generatedMs - 86_400_000;
  test("whole: everything since the edge, less a margin", () => {
    expect(read(feed(feature(), feature({ mag: 4.4 }))).complete).toEqual([
      { series, sinceMs: since + 120_000 },
    ]);
    expect(read(feed()).complete).toHaveLength(1);
  });
  test.for<readonly [string, unknown]>([
    ["it has fewer than it counts", { ...feed(), metadata: { generated: generatedMs, count: 1 } }],
    ["it doesn't count", { ...feed(), metadata: { generated: generatedMs } }],
    ["one can't be read", feed(feature({ time: null }))],
    ["one is dated ahead", feed(feature({ time: nowMs + 300_001 }))],
    ["it is from a cache", { ...feed(), metadata: { generated: nowMs - 300_001, count: 0 } }],
  ])("not when %s", ([, answer]) => {
    expect(read(answer).complete).toBeUndefined();
  });
  test("a smaller magnitude is the same event's", () => {
    const [before, after] = [one({ mag: 7.1 })[0], one({ mag: 6.8 })[0]];
    expect(after).toEqual({ ...before, magnitude: "6.8" });
  });
});

test("P16: an answer dated more than five minutes ahead is refused", () => {
  const dated = (generated: number) => ({ ...feed(feature()), metadata: { generated, count: 1 } });
  expect(readQuakes(dated(nowMs + 300_001), nowMs).ok).toBe(false);
  expect(readQuakes(dated(nowMs + 300_000), nowMs).ok).toBe(true);
});

test("P17: an event under several ids is one, as it was updated last", () => {
  const renamed = { id: "pt26211050" };
  const answer = feed(
    feature({ mag: 7.1, updated: 1 }),
    feature({ mag: 6.9, updated: 2, ids: ",pt26211050," }, renamed),
  );
  expect(read(answer).events).toMatchObject([
    { ids: ["usgs:pt26211050", "usgs:us7000abcd"], magnitude: "6.9" },
  ]);
});

test("leaves out what has no id, and what is no feature", () => {
  expect(read(feed(feature({}, { id: 7 }), null, "x")).events).toEqual([]);
});
