/** Stores the latest round as it is published, and what was signed lately. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ManifestSchema,
  SignedManifestSchema,
  SignedSnapshotSchema,
} from "#gen/signal/v1/snapshot";
import type { Publication } from "../publish/publication.ts";
import type { Sql } from "./postgres.ts";

type PublicationRow = {
  round: string;
  publish_ms: string;
  next_publish_ms: string;
  signed: Uint8Array;
  manifest: Uint8Array;
  entries: Uint8Array[];
};

/** Reads the latest round. `undefined` before the first, and before there is a schema. */
export async function readPublication(sql: Sql): Promise<Publication | undefined> {
  const known = await sql<{ oid: unknown }>("SELECT to_regclass('published_round') AS oid");
  if (known[0]?.oid === null) return undefined;
  const row = (await sql<PublicationRow>("SELECT * FROM snapshot"))[0];
  // A round of before manifests is followed by one with it within a period.
  if (row === undefined || row.manifest.length === 0) return undefined;
  const manifest = fromBinary(SignedManifestSchema, new Uint8Array(row.manifest));
  const { lines } = fromBinary(ManifestSchema, manifest.manifest);
  const entries = row.entries.map((entry) => new Uint8Array(entry));
  return {
    round: BigInt(row.round),
    publishMs: Number(row.publish_ms),
    nextPublishMs: Number(row.next_publish_ms),
    snapshot: fromBinary(SignedSnapshotSchema, new Uint8Array(row.signed)),
    manifest,
    entries: new Map(lines.map(({ series }, i) => [series, entries[i] ?? new Uint8Array()])),
  };
}

/** When and under which number the latest round was published. `undefined`: none was. */
export type LatestRound = { readonly round: bigint; readonly publishMs: number };

/** The latest round, in whichever form it was published. */
export async function latestRound(sql: Sql): Promise<LatestRound | undefined> {
  const [row] = await sql<{ round: string; publish_ms: string }>(
    "SELECT round, publish_ms FROM snapshot",
  );
  return row && { round: BigInt(row.round), publishMs: Number(row.publish_ms) };
}

/** Replaces the latest round. */
export async function writePublication(sql: Sql, publication: Publication): Promise<void> {
  const manifest = Buffer.from(toBinary(SignedManifestSchema, publication.manifest));
  await sql(
    `INSERT INTO snapshot (id, round, publish_ms, next_publish_ms, signed, manifest, entries)
     VALUES (1, $1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO UPDATE SET round = excluded.round, publish_ms = excluded.publish_ms,
       next_publish_ms = excluded.next_publish_ms, signed = excluded.signed,
       manifest = excluded.manifest, entries = excluded.entries`,
    [
      String(publication.round),
      publication.publishMs,
      publication.nextPublishMs,
      Buffer.from(toBinary(SignedSnapshotSchema, publication.snapshot)),
      manifest,
      [...publication.entries.values()].map((entry) => Buffer.from(entry)),
    ],
  );
  await sql("INSERT INTO published_round (round, publish_ms, manifest) VALUES ($1, $2, $3)", [
    String(publication.round),
    publication.publishMs,
    manifest,
  ]);
}
