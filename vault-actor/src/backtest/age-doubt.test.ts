/** The vault and the feed cast the same doubts on an observation's age. */
import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Observation, ObservationSchema, Quality } from "#gen/signal/v1/observation";
import { SeriesSchema } from "#gen/signal/v1/series";
import { buildSnapshot } from "../../../signals-service/src/publish/snapshot.ts";
import { startMs } from "../../test/support/conditions.ts";
import { registry } from "../../test/support/registry.ts";
import { ethUsd } from "../../test/support/watching-vault.ts";
import { asKnownAt, nextDoubtMs } from "./age-doubt.ts";

const ether = registry.get(ethUsd);
if (ether === undefined) throw new Error("no such series");
const series = create(SeriesSchema, {
  ...ether,
  maxTransportAge: durationFromMs(300_000),
  maxContentAge: durationFromMs(900_000),
});

const observed = (observeMs: number, fetchMs: number, qualities: Quality[] = []): Observation =>
  create(ObservationSchema, {
    series: ethUsd,
    round: 1n,
    value: "2150",
    observeTime: timestampFromMs(observeMs),
    fetchTime: timestampFromMs(fetchMs),
    expireTime: timestampFromMs(fetchMs + 900_000),
    qualities,
  });

/** What the feed would have published at a time. */
const published = (observation: Observation, nowMs: number) =>
  buildSnapshot(1n, new Map([[ethUsd, series]]), [observation], [], { nowMs, nextMs: nowMs })
    .observations[0];

describe("the doubts of age", () => {
  test("are the feed's own, to the millisecond", () => {
    const ms = fc.integer({ min: 0, max: 2_000_000 });
    fc.assert(
      fc.property(
        ms,
        ms,
        fc.subarray([Quality.DEGRADED, Quality.STALE_CONTENT]),
        (a, b, doubts) => {
          const observation = observed(startMs - a, startMs - b, doubts);
          expect(asKnownAt(observation, series, startMs)).toEqual(published(observation, startMs));
        },
      ),
    );
    for (const ageMs of [659_999, 660_000, 300_001, 900_000, 900_001]) {
      const observation = observed(startMs - ageMs, startMs - ageMs);
      expect(asKnownAt(observation, series, startMs)).toEqual(published(observation, startMs));
    }
  });

  test("come when they are said to come", () => {
    const observation = observed(startMs, startMs);
    let nowMs = startMs;
    const seen: number[] = [];
    for (;;) {
      const before = asKnownAt(observation, series, nowMs).qualities;
      const nextMs = nextDoubtMs(observation, series, nowMs);
      if (nextMs === Number.POSITIVE_INFINITY) break;
      expect(asKnownAt(observation, series, nextMs - 1).qualities).toEqual(before);
      expect(asKnownAt(observation, series, nextMs).qualities).not.toEqual(before);
      seen.push(nextMs - startMs);
      nowMs = nextMs;
    }
    expect(seen).toEqual([300_001, 900_001]);
  });
});

describe("an observation that is read again and again", () => {
  const observation = observed(startMs, startMs + 600_000);

  test("is as good as just read until its last reading, and expires as much later", () => {
    const known = asKnownAt(observation, series, startMs + 100_000);
    expect(known).toMatchObject({
      fetchTime: timestampFromMs(startMs + 100_000),
      expireTime: timestampFromMs(startMs + 1_000_000),
      qualities: [],
    });
  });

  test("ages from its last reading on", () => {
    const known = asKnownAt(observation, series, startMs + 1_260_001);
    expect(known).toMatchObject({
      fetchTime: timestampFromMs(startMs + 600_000),
      expireTime: timestampFromMs(startMs + 1_500_000),
      qualities: [Quality.STALE_TRANSPORT, Quality.STALE_CONTENT],
    });
  });
});
