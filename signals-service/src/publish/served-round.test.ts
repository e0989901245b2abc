import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import {
  SeriesEntrySchema,
  SignedManifestSchema,
  SignedSnapshotSchema,
} from "#gen/signal/v1/snapshot";
import { nextNewsMs, servedRound } from "./served-round.ts";

const entry = (id: string, fetchMs: number | undefined, beatSeconds: bigint, publisherKeyId = "") =>
  [
    id,
    toBinary(
      SeriesEntrySchema,
      create(SeriesEntrySchema, {
        series: { id, heartbeat: { seconds: beatSeconds }, publisherKeyId },
        ...(fetchMs === undefined
          ? {}
          : { observation: { round: 7n, fetchTime: timestampFromMs(fetchMs) } }),
      }),
    ),
  ] as const;

const round = servedRound({
  round: 1n,
  publishMs: 0,
  nextPublishMs: 60_000,
  snapshot: create(SignedSnapshotSchema),
  manifest: create(SignedManifestSchema),
  entries: new Map([
    entry("minute", 1000, 60n),
    entry("day", 1000, 86_400n),
    entry("never", undefined, 60n),
    entry("custom", 1000, 86_400n, "ed25519:x"),
  ]),
});

test.each<readonly [string, readonly string[], number]>([
  ["a series that is read each minute", ["minute"], 61_000],
  ["one that is read each day", ["day"], 86_401_000],
  ["both: the earlier", ["day", "minute"], 61_000],
  ["one that was never read", ["day", "never"], 0],
  ["a publisher's, at any time", ["day", "custom"], 0],
  ["one that is not published beside one that is", ["day", "nope"], 86_401_000],
  ["none that is published", ["nope"], 0],
])("%s", (_, ids, expected) => expect(nextNewsMs(round, ids)).toBe(expected));

test("the latest round of each series is at hand", () => {
  expect([...round.rounds]).toEqual([
    ["minute", 7n],
    ["day", 7n],
    ["never", 0n],
    ["custom", 7n],
  ]);
});
