/** Stores the one signed snapshot. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type SignedSnapshot, SignedSnapshotSchema } from "#gen/signal/v1/snapshot";
import type { Sql } from "./postgres.ts";

/** The latest snapshot, as everybody gets it. */
export type StoredSnapshot = {
  readonly round: bigint;
  readonly publishMs: number;
  readonly nextPublishMs: number;
  readonly signed: SignedSnapshot;
};

type SnapshotRow = {
  round: string;
  publish_ms: string;
  next_publish_ms: string;
  signed: Uint8Array;
};

/** Reads the snapshot. `undefined` before the first, and before there is a schema. */
export async function readSnapshot(sql: Sql): Promise<StoredSnapshot | undefined> {
  const known = await sql<{ oid: unknown }>("SELECT to_regclass('snapshot') AS oid");
  if (known[0]?.oid === null) return undefined;
  const row = (await sql<SnapshotRow>("SELECT * FROM snapshot"))[0];
  if (row === undefined) return undefined;
  return {
    round: BigInt(row.round),
    publishMs: Number(row.publish_ms),
    nextPublishMs: Number(row.next_publish_ms),
    signed: fromBinary(SignedSnapshotSchema, new Uint8Array(row.signed)),
  };
}

/** Replaces the snapshot. */
export async function writeSnapshot(sql: Sql, snapshot: StoredSnapshot): Promise<void> {
  await sql(
    `INSERT INTO snapshot (id, round, publish_ms, next_publish_ms, signed) VALUES (1, $1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET round = excluded.round, publish_ms = excluded.publish_ms,
       next_publish_ms = excluded.next_publish_ms, signed = excluded.signed`,
    [
      String(snapshot.round),
      snapshot.publishMs,
      snapshot.nextPublishMs,
      Buffer.from(toBinary(SignedSnapshotSchema, snapshot.signed)),
    ],
  );
}
