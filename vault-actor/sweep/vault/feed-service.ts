/** Signals-service as the simulated vault reaches it: the real client, another wire. */
import type { DescMethodUnary } from "@bufbuild/protobuf";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import {
  type BatchGetObservationsRequest,
  BatchGetObservationsResponseSchema,
} from "#gen/signal/v1/pull_messages";
import { ManifestSchema, SeriesEntrySchema, SignedManifestSchema } from "#gen/signal/v1/snapshot";
import { ok } from "#protocol/result";
import type { Verify } from "../../src/signal/accept.ts";
import { createSignalClient } from "../../src/signal/client.ts";
import { readRound } from "../../src/signal/round-store.ts";
import type { Faults } from "../platform/faults.ts";
import type { Door } from "../platform/object.ts";
import { entriesOf, type Feed, type Round, roundAt } from "../script/feed.ts";

/** The feed of one run. */
export type FeedService = {
  readonly feed: Feed;
  readonly faults: Faults;
  readonly trueMs: () => number;
};

/** A round as it is sent: its manifest and, by series id, its entries. */
type Sent = {
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly entries: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
};

const sentOf = new WeakMap<Round, Sent>();

/** Signatures and digests have tests of their own; here they would cost turns that the run counts. */
const believing: Verify = {
  manifest: async (signed) => ok(fromBinary(ManifestSchema, signed.manifest)),
  entry: async (entry) => ok(fromBinary(SeriesEntrySchema, entry)),
};

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
        () => answer(service, input as BatchGetObservationsRequest),
        timeoutMs,
      ),
    }),
    stream: () => Promise.reject(new Error("no streams")),
  } as unknown as Transport;
  return createSignalClient({
    transport,
    feedKeyId: "",
    now: door.now,
    kept: () => readRound(door.db),
    verify: believing,
  });
}

const noHeaders = new Headers();

function answer({ feed, faults, trueMs }: FeedService, request: BatchGetObservationsRequest) {
  const newest = roundAt(feed, trueMs());
  if (newest === undefined) throw new Error("nothing is published yet");
  const replayed = faults.replays(trueMs()) ? feed.rounds[newest.number - 3] : undefined;
  const round = replayed ?? newest;
  const nextPublishTime = timestampFromMs(round.nextPublishMs);
  if (replayed === undefined && request.knownRound === BigInt(round.number)) {
    return create(BatchGetObservationsResponseSchema, { nextPublishTime });
  }
  const sent = sentOf.get(round) ?? send(feed, round);
  sentOf.set(round, sent);
  return create(BatchGetObservationsResponseSchema, {
    signedManifest: create(SignedManifestSchema, { manifest: sent.manifest }),
    entries: request.names.flatMap((name) => sent.entries.get(name.slice("series/".length)) ?? []),
    nextPublishTime,
  });
}

function send(feed: Feed, round: Round): Sent {
  const entries = new Map(
    entriesOf(feed, round).map((entry) => [
      entry.series?.id ?? "",
      new Uint8Array(toBinary(SeriesEntrySchema, entry)),
    ]),
  );
  const manifest = create(ManifestSchema, {
    round: BigInt(round.number),
    publishTime: timestampFromMs(round.publishMs),
    nextPublishTime: timestampFromMs(round.nextPublishMs),
    lines: [...entries.keys()].map((series) => ({ series })),
  });
  return { manifest: new Uint8Array(toBinary(ManifestSchema, manifest)), entries };
}
