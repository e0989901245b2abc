/** The sources' own JSON shapes, and what can be wrong with them. The values are invented. */
import { describe, expect, test } from "vitest";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import { coingecko } from "./coingecko.ts";
import { askSource } from "./fetch.ts";
import type { Source } from "./source.ts";
import { usgs } from "./usgs.ts";
import { worldMonitor } from "./world-monitor.ts";

const nowMs = 1_785_000_200_000;
const read = (source: Source, answer: unknown) => {
  const result = source.read(answer, nowMs);
  if (!result.ok) throw new Error(result.error);
  return result.value;
};
const readingOf = (source: Source, answer: unknown, series: string) =>
  read(source, answer).readings.find((reading) => reading.series === series);

describe("CoinGecko", () => {
  const source = coingecko("https://x", undefined);
  const eth = "market.price.eth.usd@v1";
  test.for<readonly [string, unknown, string | undefined, number | undefined]>([
    [
      "a price",
      { ethereum: { usd: 3412.77, last_updated_at: 1_785_000_049 } },
      "3412.77",
      1_785_000_049_000,
    ],
    ["many digits", { ethereum: { usd: 0.1 + 0.2, last_updated_at: 1 } }, "0.3", 1000],
    ["an unknown id is missing in silence", {}, undefined, undefined],
    ["null", { ethereum: { usd: null, last_updated_at: 1 } }, undefined, 1000],
    ["text where a number was", { ethereum: { usd: "3412", last_updated_at: 1 } }, undefined, 1000],
    ["undated", { ethereum: { usd: 3412 } }, "3412", undefined],
    [
      "not a number that can be",
      { ethereum: { usd: Number.POSITIVE_INFINITY, last_updated_at: 1 } },
      undefined,
      1000,
    ],
  ])("%s", ([, answer, value, observeMs]) => {
    expect(readingOf(source, answer, eth)).toMatchObject({ value, observeMs });
  });
  test("asks with its key", () => {
    expect(coingecko("https://x", "k").headers).toEqual({ "x-cg-demo-api-key": "k" });
  });
});

describe("World Monitor", () => {
  const source = worldMonitor("https://x", undefined);
  const score = (changes: object = {}) => ({
    region: "UA",
    combinedScore: 84,
    computedAt: 1_785_000_000_000,
    methodologyVersion: "v8",
    advisoryProvenance: "live",
    ...changes,
  });
  const ukraine = "geo.cii.ua@v8";
  test.for<readonly [string, unknown, string | undefined, readonly Quality[]]>([
    ["a score", { ciiScores: [score()] }, "84", [Quality.EDITORIAL_INPUT]],
    [
      "zero is a score",
      { ciiScores: [score({ combinedScore: 0 })] },
      "0",
      [Quality.EDITORIAL_INPUT],
    ],
    [
      "no such country",
      { ciiScores: [] },
      undefined,
      [Quality.EDITORIAL_INPUT, Quality.PARTIAL_COVERAGE],
    ],
    [
      "another method",
      { ciiScores: [score({ methodologyVersion: "v9" })] },
      undefined,
      [Quality.EDITORIAL_INPUT],
    ],
    [
      "degraded",
      { ciiScores: [score()], degraded: true },
      "84",
      [Quality.EDITORIAL_INPUT, Quality.DEGRADED],
    ],
    [
      "stale",
      { ciiScores: [score()], stale: true },
      "84",
      [Quality.EDITORIAL_INPUT, Quality.STALE_CONTENT],
    ],
    [
      "without an advisory",
      { ciiScores: [score({ advisoryProvenance: "absent" })] },
      "84",
      [Quality.EDITORIAL_INPUT, Quality.PARTIAL_COVERAGE],
    ],
  ])("%s", ([, answer, value, qualities]) => {
    expect(readingOf(source, answer, ukraine)).toMatchObject({ value, qualities });
  });
  test("refuses what is not its shape", () => {
    expect(source.read({ error: "nope" }, nowMs).ok).toBe(false);
    expect(source.read(null, nowMs).ok).toBe(false);
  });
});

describe("USGS", () => {
  const source = usgs("https://x");
  const feature = (properties: object = {}, changes: object = {}) => ({
    id: "us7000abcd",
    properties: {
      mag: 7.1,
      place: "42 km E of Namie, Japan",
      time: 1_784_990_000_000,
      alert: "yellow",
      status: "reviewed",
      ids: ",us7000abcd,pt26211050,",
      type: "earthquake",
      ...properties,
    },
    geometry: { type: "Point", coordinates: [141.63, 37.49, 41.2] },
    ...changes,
  });
  const feed = (...features: unknown[]) => ({
    metadata: { generated: 1_785_000_123_000 },
    features,
  });

  test("an earthquake", () => {
    expect(read(source, feed(feature())).events).toEqual([
      {
        series: "natural.quake@v1",
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
  });
  test.for<readonly [string, object, object]>([
    [
      "an automatic one is preliminary",
      { status: "automatic" },
      { status: Event_Status.PRELIMINARY },
    ],
    ["a deleted one is retracted", { status: "deleted" }, { status: Event_Status.RETRACTED }],
    ["no magnitude", { mag: null }, { magnitude: undefined }],
    ["no alert", { alert: null }, { severityBps: 0 }],
    ["a blast", { type: "quarry blast" }, { type: "quarry blast" }],
  ])("%s", ([, properties, expected]) => {
    expect(read(source, feed(feature(properties))).events[0]).toMatchObject(expected);
  });
  test("leaves out what has no id, time or known status", () => {
    const broken = [
      feature({}, { id: 7 }),
      feature({ time: null }),
      feature({ status: "?" }),
      null,
      "x",
    ];
    expect(read(source, feed(...broken)).events).toEqual([]);
  });
  test("the largest of the day leaves out the old, the blasts and the retracted", () => {
    const features = [
      feature({ mag: 5 }),
      feature({ mag: 8, time: nowMs - 86_400_001 }),
      feature({ mag: 8, type: "quarry blast" }),
      feature({ mag: 8, status: "deleted" }),
    ];
    expect(readingOf(source, feed(...features), "natural.quake.max_mag.24h@v1")?.value).toBe("5");
    expect(readingOf(source, feed(), "natural.quake.max_mag.24h@v1")?.value).toBeUndefined();
  });
});

describe("askSource", () => {
  const source = coingecko("https://x", undefined);
  const ask = (answer: () => Promise<Response>) => askSource(answer, source, () => nowMs);
  test.for<readonly [string, () => Promise<Response>, string]>([
    ["too many requests", async () => new Response("slow down", { status: 429 }), "status 429"],
    ["a page instead of JSON", async () => new Response("<html>"), "not JSON"],
    ["another shape", async () => Response.json([]), "not an object"],
    ["nobody there", async () => Promise.reject(new TypeError("refused")), "unreachable"],
  ])("%s is a failure, never a value", async ([, answer, reason]) => {
    expect(await ask(answer)).toMatchObject({ kind: "failed", reason });
  });
});
