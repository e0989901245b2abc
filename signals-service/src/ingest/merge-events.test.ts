import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { SeriesSchema, Unit } from "#gen/signal/v1/series";
import type { EventReading, SourceReadings } from "../source/source.ts";
import { closeExpired, type EventBook, mergeEvents } from "./merge-events.ts";

const nowMs = 1_800_000_000_000;
const day = 86_400_000;
const quakes = create(SeriesSchema, {
  id: "quake@v1",
  unit: Unit.MAGNITUDE,
  decimals: 2,
  sources: ["usgs", "gdacs"],
});
const registry = new Map([[quakes.id, quakes] as const]);
const { CLOSED, CONFIRMED, PRELIMINARY, RETRACTED, UPDATED } = Event_Status;

const quake = (id: string, changes: Partial<EventReading> = {}): EventReading => ({
  series: quakes.id,
  ids: [id],
  status: CONFIRMED,
  type: "earthquake",
  severityBps: 0,
  magnitude: "7",
  occurMs: nowMs - 3_600_000,
  place: undefined,
  attributes: {},
  ...changes,
});
const all = [{ series: quakes.id, sinceMs: nowMs - day }];

function setUp() {
  const book: EventBook = new Map();
  let atMs = nowMs;
  const tell = (
    events: readonly EventReading[],
    complete: SourceReadings["complete"] = all,
    source = "usgs",
  ) => {
    atMs += 60_000;
    const evidence = new Uint8Array(32);
    const from = { source, evidence, nowMs: atMs, fetchMs: atMs, series: new Set([quakes.id]) };
    const said = { events, ...(complete === undefined ? {} : { complete }) };
    return mergeEvents(book, said, registry, from).revised.size;
  };
  const shown = () =>
    [...book.values()].map(({ event }) => [event.id, event.revision, event.status]);
  return { book, tell, shown };
}

describe("P10: an event", () => {
  test("is corrected, and downgraded after it was confirmed", () => {
    const { book, tell, shown } = setUp();
    tell([quake("a", { status: PRELIMINARY, magnitude: "7.4" })]);
    tell([quake("a", { magnitude: "7.1" })]);
    expect(shown()).toEqual([["a", 2, CONFIRMED]]);
    tell([quake("a", { magnitude: "6.2" })]);
    expect(shown()).toEqual([["a", 3, UPDATED]]);
    expect([...book.values()][0]?.event.magnitude).toBe("6.2");
  });

  test("that its source no longer lists was taken back, and may come again", () => {
    const { tell, shown } = setUp();
    tell([quake("a"), quake("b")]);
    expect(tell([quake("b")])).toBe(1);
    expect(shown()).toContainEqual(["a", 2, RETRACTED]);
    expect(tell([quake("b")])).toBe(0);
    tell([quake("a"), quake("b")]);
    expect(shown()).toContainEqual(["a", 3, UPDATED]);
  });

  test.each<readonly [string, Partial<EventReading>, SourceReadings["complete"], string]>([
    ["whose source doesn't list all", {}, [], "usgs"],
    ["from before what is listed", { occurMs: nowMs - 2 * day }, all, "usgs"],
    ["of another source", {}, all, "gdacs"],
    ["that is over", { status: CLOSED }, all, "usgs"],
  ])("%s is not taken back", (_, changes, complete, source) => {
    const { tell, shown } = setUp();
    tell([quake("a", changes)]);
    expect(tell([], complete, source)).toBe(0);
    expect(shown()).toEqual([["a", 1, changes.status ?? CONFIRMED]]);
  });

  test("ends when its time is over, once, though it is still listed", () => {
    const { book, tell, shown } = setUp();
    const ending = quake("a", { expireMs: nowMs + 120_000 });
    tell([ending]);
    expect(closeExpired(book, nowMs + 119_999).size).toBe(0);
    expect(closeExpired(book, nowMs + 120_000).size).toBe(1);
    expect(shown()).toEqual([["a", 2, CLOSED]]);
    expect(closeExpired(book, nowMs + 120_000).size).toBe(0);
    expect(tell([ending])).toBe(0);
    expect(shown()).toEqual([["a", 2, CLOSED]]);
  });

  test("that was closed can go on", () => {
    const { tell, shown } = setUp();
    tell([quake("a", { status: CLOSED })]);
    tell([quake("a")]);
    expect(shown()).toEqual([["a", 2, UPDATED]]);
  });
});

describe("P17: the same event", () => {
  test("told twice in one answer is one", () => {
    const { tell, shown } = setUp();
    expect(tell([quake("a"), quake("a", { magnitude: "5" })])).toBe(1);
    expect(shown()).toEqual([["a", 1, CONFIRMED]]);
    expect(tell([quake("a"), quake("a")])).toBe(0);
  });

  test("under another id is one, in one answer and the next", () => {
    const { tell, shown } = setUp();
    tell([quake("a", { ids: ["a", "b"] })]);
    tell([quake("b", { ids: ["b", "c"] })]);
    tell([quake("c", { ids: ["c"], magnitude: "6" })]);
    expect(shown()).toEqual([["a", 2, UPDATED]]);
  });

  test("told by two sources is one, corrected by the first alone", () => {
    const { book, tell, shown } = setUp();
    tell([quake("a")]);
    expect(tell([quake("a", { magnitude: "5" })], [], "gdacs")).toBe(1);
    expect(tell([quake("a", { magnitude: "5" })], [], "gdacs")).toBe(0);
    expect(tell([quake("a")])).toBe(0);
    expect(shown()).toEqual([["a", 2, CONFIRMED]]);
    expect([...book.values()][0]?.event).toMatchObject({
      magnitude: "7",
      sources: ["gdacs", "usgs"],
    });
  });

  test("is from the source that its series names first, whoever told of it first", () => {
    const { book, tell, shown } = setUp();
    const magnitude = () => [...book.values()][0]?.event.magnitude;
    tell([quake("a")], [], "gdacs");
    expect(tell([quake("a")])).toBe(1);
    expect(shown()).toEqual([["a", 2, CONFIRMED]]);
    expect(tell([quake("a", { magnitude: "5" })], [], "gdacs")).toBe(0);
    expect(tell([], all, "gdacs")).toBe(0);
    expect(magnitude()).toBe("7");
    tell([quake("a", { magnitude: "6" })]);
    expect(magnitude()).toBe("6");
    tell([]);
    expect(shown()).toEqual([["a", 4, RETRACTED]]);
  });

  test("of a series that the source doesn't feed is none", () => {
    const { book, tell } = setUp();
    tell([quake("a", { series: "other@v1" })]);
    expect(book.size).toBe(0);
  });
});
