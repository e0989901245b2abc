/** Signs a round as the feed does, series by series. What never changes is encoded once. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Series } from "#gen/signal/v1/series";
import {
  ManifestSchema,
  type SeriesEntry,
  SeriesEntrySchema,
  type SignedManifest,
  type Snapshot,
} from "#gen/signal/v1/snapshot";
import { entryDigest, signManifest } from "#protocol/manifest";
import { entriesOf } from "../../../signals-service/src/publish/snapshot.ts";

/** The key of a feed. */
export type Feed = { readonly keyId: string; readonly key: CryptoKey };

/** A round as it is served: by series id. */
export type SignedRound = {
  readonly round: bigint;
  readonly manifest: SignedManifest;
  readonly entries: ReadonlyMap<string, Uint8Array>;
};

type Encoded = { readonly bytes: Uint8Array; readonly digest: Uint8Array };

/** Of series of which nothing is known yet. */
const bare = new WeakMap<Series, Promise<Encoded>>();

/** Signs what a snapshot says. `changes`: what its maker would rather have said. */
export async function signRound(
  snapshot: Snapshot,
  feed: Feed,
  changes: (entry: SeriesEntry) => SeriesEntry = (entry) => entry,
  more: MessageInitShape<typeof ManifestSchema> = {},
): Promise<SignedRound> {
  const { round, publishTime, nextPublishTime } = snapshot;
  if (publishTime === undefined || nextPublishTime === undefined) throw new Error("undated");
  const encoded = await Promise.all(
    [...entriesOf(snapshot)].map(
      async ([series, entry]) => [series, await encode(changes(entry))] as const,
    ),
  );
  const lines = encoded.map(([series, { digest }]) => ({ series, digest }));
  const manifest = create(ManifestSchema, { round, publishTime, nextPublishTime, lines, ...more });
  return {
    round: manifest.round,
    manifest: await signManifest(manifest, feed),
    entries: new Map(encoded.map(([series, { bytes }]) => [series, bytes] as const)),
  };
}

function encode(entry: SeriesEntry): Promise<Encoded> {
  const { series, observation, events } = entry;
  if (series === undefined || observation !== undefined || events.length > 0) return digest(entry);
  const known = bare.get(series) ?? digest(entry);
  bare.set(series, known);
  return known;
}

async function digest(entry: SeriesEntry): Promise<Encoded> {
  const bytes = toBinary(SeriesEntrySchema, entry);
  return { bytes, digest: await entryDigest(bytes) };
}
