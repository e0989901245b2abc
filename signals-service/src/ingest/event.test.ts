import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { SeriesSchema } from "#gen/signal/v1/series";
import type { EventReading } from "../source/source.ts";
import { findKnown, reviseEvent } from "./event.ts";

const series = create(SeriesSchema, { id: "quake@v1" });
const reading = (changes: Partial<EventReading> = {}): EventReading => ({
  series: "quake@v1",
  ids: ["a", "b"],
  status: Event_Status.PRELIMINARY,
  type: "earthquake",
  severityBps: 0,
  magnitude: "7",
  occurMs: 1_000_000,
  place: undefined,
  attributes: {},
  ...changes,
});
const from = (nowMs: number) => ({ source: "usgs", evidence: new Uint8Array(32), nowMs });
const first = reviseEvent(reading(), series, undefined, from(1)) ?? expect.unreachable();

test("the first reading is the first revision", () => {
  expect(first.event).toMatchObject({ id: "a", revision: 1, status: Event_Status.PRELIMINARY });
});

test("the same again is no news, whenever it is read", () => {
  expect(reviseEvent(reading(), series, first, from(2))).toBeUndefined();
});

test("a correction is the next revision of the same event, under its first id", () => {
  const corrected = reading({ ids: ["b", "c"], magnitude: "6.8", status: Event_Status.CONFIRMED });
  expect(findKnown(corrected, [first])).toBe(first);
  const next = reviseEvent(corrected, series, first, from(2));
  expect(next?.event).toMatchObject({
    id: "a",
    revision: 2,
    magnitude: "6.8",
    status: Event_Status.CONFIRMED,
  });
  expect(next?.ids).toEqual(["a", "b", "c"]);
});

test("a correction after the confirmation is an update, and then no news", () => {
  const confirmed =
    reviseEvent(reading({ status: Event_Status.CONFIRMED }), series, first, from(2)) ??
    expect.unreachable();
  const corrected = reading({ status: Event_Status.CONFIRMED, magnitude: "6.9" });
  const updated = reviseEvent(corrected, series, confirmed, from(3)) ?? expect.unreachable();
  expect(updated.event).toMatchObject({ revision: 3, status: Event_Status.UPDATED });
  expect(reviseEvent(corrected, series, updated, from(4))).toBeUndefined();
});

test("a retraction takes the event back", () => {
  const retracted = reviseEvent(
    reading({ status: Event_Status.RETRACTED }),
    series,
    first,
    from(2),
  );
  expect(retracted?.event).toMatchObject({ id: "a", revision: 2, status: Event_Status.RETRACTED });
});

test("another event is not mistaken for it", () => {
  expect(findKnown(reading({ ids: ["z"] }), [first])).toBeUndefined();
  expect(findKnown(reading({ series: "other@v1" }), [first])).toBeUndefined();
});
