/** A round as it is published: whole, and by series. */
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  ManifestSchema,
  SeriesEntrySchema,
  type SignedManifest,
  type SignedSnapshot,
  type Snapshot,
} from "#gen/signal/v1/snapshot";
import { entryDigest, signManifest } from "#protocol/manifest";
import { signSnapshot } from "#protocol/snapshot";
import type { FeedKey } from "../env.ts";
import { entriesOf } from "./snapshot.ts";

/** A round as everybody gets it. */
export type Publication = {
  readonly round: bigint;
  readonly publishMs: number;
  readonly nextPublishMs: number;
  readonly snapshot: SignedSnapshot;
  readonly manifest: SignedManifest;
  /** A `SeriesEntry`, encoded, for every line of the manifest, by series id in the lines' order. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
};

/** Signs a round in both of its forms. */
export async function publicationOf(snapshot: Snapshot, feedKey: FeedKey): Promise<Publication> {
  const { round, publishTime, nextPublishTime } = snapshot;
  const entries = new Map(
    [...entriesOf(snapshot)].map(([id, entry]) => [id, toBinary(SeriesEntrySchema, entry)]),
  );
  const lines = await Promise.all(
    [...entries].map(async ([series, entry]) => ({ series, digest: await entryDigest(entry) })),
  );
  const times = {
    ...(publishTime === undefined ? {} : { publishTime }),
    ...(nextPublishTime === undefined ? {} : { nextPublishTime }),
  };
  const manifest = create(ManifestSchema, { round, ...times, lines });
  return {
    round,
    publishMs: publishTime === undefined ? 0 : timestampMs(publishTime),
    nextPublishMs: nextPublishTime === undefined ? 0 : timestampMs(nextPublishTime),
    snapshot: await signSnapshot(snapshot, feedKey),
    manifest: await signManifest(manifest, feedKey),
    entries,
  };
}
