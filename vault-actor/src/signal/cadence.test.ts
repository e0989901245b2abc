import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { ObservationSchema } from "#gen/signal/v1/observation";
import { SeriesSchema } from "#gen/signal/v1/series";
import { expectedMs } from "./cadence.ts";
import type { World } from "./world.ts";

const publishMs = 1_800_000_000_000;
const nextPublishMs = publishMs + 60_000;

/** A series that was read so long before the round. */
type Known = readonly [string, number, MessageInitShape<typeof SeriesSchema>];

function worldOf(...known: readonly Known[]): World {
  return {
    round: 7n,
    publishMs,
    nextPublishMs,
    receiveMs: publishMs + 500,
    observations: new Map(
      known.map(([series, agoMs]) => [
        series,
        create(ObservationSchema, { series, fetchTime: timestampFromMs(publishMs - agoMs) }),
      ]),
    ),
    events: [],
    series: new Map(known.map(([id, , init]) => [id, create(SeriesSchema, { id, ...init })])),
  };
}

const minute: Known = ["minute@v1", 1000, { heartbeat: { seconds: 60n } }];
const slow: Known = ["slow@v1", 1000, { heartbeat: { seconds: 600n } }];
const overdue: Known = ["overdue@v1", 700_000, { heartbeat: { seconds: 600n } }];
const silent: Known = ["silent@v1", 1000, {}];
const custom: Known = [
  "custom@v1",
  1000,
  { heartbeat: { seconds: 600n }, publisherKeyId: "ed25519:x" },
];
const world = worldOf(minute, slow, overdue, silent, custom);

test.for<readonly [string, readonly string[], number]>([
  ["a series of every round", ["minute@v1"], 60_000],
  ["a ten-minute series: with the round that it is due in", ["slow@v1"], 600_000],
  ["the sooner of two", ["slow@v1", "minute@v1"], 60_000],
  ["one that is overdue: with every round", ["overdue@v1"], 60_000],
  ["one that doesn't say how often it comes", ["silent@v1"], 60_000],
  ["somebody else's: with every round", ["custom@v1", "slow@v1"], 60_000],
  ["one that is not published", ["other@v1", "slow@v1"], 60_000],
  ["nothing", [], 60_000],
])("%s", ([, wanted, afterMs]) => {
  expect(expectedMs(world, wanted) - publishMs).toBe(afterMs);
});

test("never between two rounds, and never before the next", () => {
  const odd = worldOf(["odd@v1", 10_000, { heartbeat: { seconds: 200n } }]);
  expect(expectedMs(odd, ["odd@v1"]) - publishMs).toBe(240_000);
  const backwards = { ...odd, nextPublishMs: publishMs - 1 };
  expect(expectedMs(backwards, ["odd@v1"])).toBe(publishMs - 1);
});
