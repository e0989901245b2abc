/** What is published at last, verified as a vault verifies it. */
import { fromBinary } from "@bufbuild/protobuf";
import { SnapshotSchema } from "#gen/signal/v1/snapshot";
import { verifyEntry, verifyManifest } from "#protocol/manifest";
import { verifySnapshot } from "#protocol/snapshot";
import { readPublication } from "../../src/store/publication-store.ts";
import type { TestDatabase } from "./database.ts";
import { testFeedKey } from "./run.ts";

/** The latest round, and what it says of a series. Throws when a signature or a digest is wrong. */
export async function published(database: TestDatabase, series?: string) {
  const publication = await database.open(readPublication);
  if (publication === undefined) throw new Error("nothing is published");
  const { keyId } = await testFeedKey();
  const manifest = await verifyManifest(publication.manifest, keyId);
  const snapshot = await verifySnapshot(publication.snapshot, keyId);
  if (!manifest.ok || !snapshot.ok) throw new Error("a signature is wrong");
  const entries = await Promise.all(
    [...publication.entries].map(async ([id, bytes]) => {
      const entry = await verifyEntry(bytes, id, manifest.value);
      if (!entry.ok) throw new Error(`${id}: ${entry.error}`);
      return entry.value;
    }),
  );
  const entry = entries.find((one) => one.series?.id === series);
  return {
    round: publication.round,
    manifest: manifest.value,
    snapshot: fromBinary(SnapshotSchema, publication.snapshot.snapshot),
    entry,
    observation: entry?.observation,
  };
}
