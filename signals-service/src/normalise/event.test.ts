import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { Series_LicenceClass, SeriesSchema, Unit } from "#gen/signal/v1/series";
import type { EventReading } from "../source/source.ts";
import { judgeEvent } from "./event.ts";

const nowMs = 1_800_000_000_000;
const series = (licenceClass: Series_LicenceClass = Series_LicenceClass.STRUCTURED) =>
  create(SeriesSchema, { id: "e@v1", unit: Unit.MAGNITUDE, decimals: 1, max: "10", licenceClass });
const reading = (changes: Partial<EventReading> = {}): EventReading => ({
  series: "e@v1",
  ids: ["a"],
  status: Event_Status.CONFIRMED,
  type: "earthquake",
  severityBps: 100,
  magnitude: "7.15",
  occurMs: nowMs,
  place: { latitudeE6: 1, longitudeE6: 2 },
  attributes: {},
  ...changes,
});
const judge = (changes: Partial<EventReading>) => judgeEvent(reading(changes), series(), nowMs);

test("a possible event keeps its facts, rounded to the series' places", () => {
  expect(judge({})).toEqual({ ...reading(), magnitude: "7.2", qualities: [] });
});

test.each<readonly [string, Partial<EventReading>]>([
  ["without an id", { ids: [""] }],
  ["without a time", { occurMs: Number.NaN }],
  ["P16: of more than five minutes ahead", { occurMs: nowMs + 300_001 }],
])("an event %s is none", (_, changes) => {
  expect(judge(changes)).toBeUndefined();
});

test.each<readonly [string, Partial<EventReading>, Partial<EventReading>]>([
  ["a magnitude beyond the largest", { magnitude: "11" }, { magnitude: undefined }],
  ["a magnitude that is none", { magnitude: "big" }, { magnitude: undefined }],
  ["a severity beyond the gravest", { severityBps: 10_001 }, { severityBps: 0 }],
])("%s is missing, and says so", (_, changes, expected) => {
  expect(judge(changes)).toMatchObject({ ...expected, qualities: [Quality.OUT_OF_BOUNDS] });
});

test("a place that is not on the earth is none", () => {
  expect(judge({ place: { latitudeE6: 91_000_000, longitudeE6: 0 } })?.place).toBeUndefined();
});

test("P12: no text but facts and names of places is passed on", () => {
  const attributes = {
    country: "UA",
    depth_km: "41.2",
    region: "Persian Gulf",
    detail: "Officials said on Tuesday that",
    title: "Breaking",
    headline: "x",
    link: "https://news.example/a",
    Odd: "1",
    place: "x".repeat(65),
  };
  expect(judge({ attributes })?.attributes).toEqual({
    country: "UA",
    depth_km: "41.2",
    region: "Persian Gulf",
  });
  const open = judgeEvent(reading({ attributes }), series(Series_LicenceClass.PUBLIC), nowMs);
  expect(Object.keys(open?.attributes ?? {})).toEqual([
    "country",
    "depth_km",
    "detail",
    "link",
    "region",
  ]);
});

test("P12: at most eight attributes, the first by key", () => {
  const attributes = Object.fromEntries([..."jihgfedcba"].map((key) => [key, "1"]));
  expect(Object.keys(judge({ attributes })?.attributes ?? {})).toEqual([..."abcdefgh"]);
});
