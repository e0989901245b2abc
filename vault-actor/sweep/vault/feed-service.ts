/** Signals-service as the simulated vault reaches it: the real client, another wire. */
import type { DescMethodUnary } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import type { GetSnapshotRequest } from "#gen/signal/v1/signal_service";
import { GetSnapshotResponseSchema } from "#gen/signal/v1/signal_service";
import type { SignedSnapshot, Snapshot } from "#gen/signal/v1/snapshot";
import { SignedSnapshotSchema } from "#gen/signal/v1/snapshot";
import { ok } from "#protocol/result";
import { createSignalClient } from "../../src/signal/client.ts";
import { readRound } from "../../src/signal/round-store.ts";
import type { Faults } from "../platform/faults.ts";
import type { Door } from "../platform/object.ts";
import { type Feed, type Round, roundAt, snapshotOf } from "../script/feed.ts";

/** The feed of one run. */
export type FeedService = {
  readonly feed: Feed;
  readonly faults: Faults;
  readonly trueMs: () => number;
};

/** What a signature stands for here. The signature itself has tests of its own. */
const signedFor = new WeakMap<Uint8Array, Snapshot>();
const signedOf = new WeakMap<Round, SignedSnapshot>();

/** The signal client of one life. */
export function feedClient(service: FeedService, door: Door) {
  const transport = {
    unary: async (
      method: DescMethodUnary,
      _: unknown,
      timeoutMs: number | undefined,
      __: unknown,
      input: unknown,
    ) => ({
      stream: false as const,
      service: method.parent,
      method,
      header: noHeaders,
      trailer: noHeaders,
      message: await door.call(
        "the feed",
        () => answer(service, input as GetSnapshotRequest),
        timeoutMs,
      ),
    }),
    stream: () => Promise.reject(new Error("no streams")),
  } as unknown as Transport;
  return createSignalClient({
    transport,
    feedKeyId: "",
    believed: () => readRound(door.db),
    verify: async (signed) => {
      const snapshot = signedFor.get(signed.snapshot);
      if (snapshot === undefined) throw new Error("not the feed's");
      return ok(snapshot);
    },
  });
}

const noHeaders = new Headers();

function answer({ feed, faults, trueMs }: FeedService, request: GetSnapshotRequest) {
  const newest = roundAt(feed, trueMs());
  if (newest === undefined) throw new Error("nothing is published yet");
  const replayed = faults.replays(trueMs()) ? feed.rounds[newest.number - 3] : undefined;
  const round = replayed ?? newest;
  if (replayed === undefined && request.knownRound === BigInt(round.number)) {
    const nextPublishTime = timestampFromMs(round.nextPublishMs);
    return create(GetSnapshotResponseSchema, { nextPublishTime });
  }
  const signed = signedOf.get(round) ?? sign(feed, round);
  signedOf.set(round, signed);
  return create(GetSnapshotResponseSchema, { signedSnapshot: signed });
}

function sign(feed: Feed, round: Round): SignedSnapshot {
  const bytes = new Uint8Array(1);
  signedFor.set(bytes, snapshotOf(feed, round));
  return create(SignedSnapshotSchema, { snapshot: bytes });
}
