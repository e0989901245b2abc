/**
 * Signs and verifies the snapshot of signals: an Ed25519 signature over its very bytes.
 *
 * A vault believes the feed's key, not the way that a snapshot took.
 */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type SignedSnapshot,
  SignedSnapshotSchema,
  type Snapshot,
  SnapshotSchema,
} from "#gen/signal/v1/snapshot";
import { checkSignature } from "./proof/algorithm.ts";
import { err, ok, type Result } from "./result.ts";

/** Why a snapshot is not believed. */
export type SnapshotFailure = "snapshot_foreign" | "snapshot_altered" | "snapshot_malformed";

/** Signs a snapshot with the feed's key. */
export async function signSnapshot(
  snapshot: Snapshot,
  feed: { readonly keyId: string; readonly key: CryptoKey },
): Promise<SignedSnapshot> {
  const bytes = new Uint8Array(toBinary(SnapshotSchema, snapshot));
  const signature = await crypto.subtle.sign("Ed25519", feed.key, signedBytes(bytes));
  return {
    $typeName: SignedSnapshotSchema.typeName,
    snapshot: bytes,
    signature: new Uint8Array(signature),
    keyId: feed.keyId,
  };
}

/** Verifies that a snapshot is the feed's, and decodes it. */
export async function verifySnapshot(
  signed: SignedSnapshot,
  feedKeyId: string,
): Promise<Result<Snapshot, SnapshotFailure>> {
  if (signed.keyId !== feedKeyId || !feedKeyId.startsWith("ed25519:")) {
    return err("snapshot_foreign");
  }
  const signature = new Uint8Array(signed.signature);
  if (!(await checkSignature(feedKeyId, signature, signedBytes(signed.snapshot)))) {
    return err("snapshot_altered");
  }
  try {
    return ok(fromBinary(SnapshotSchema, signed.snapshot));
  } catch {
    return err("snapshot_malformed");
  }
}

function signedBytes(snapshot: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = new TextEncoder().encode("metavault-snapshot-v1\0");
  const bytes = new Uint8Array(prefix.length + snapshot.length);
  bytes.set(prefix);
  bytes.set(snapshot, prefix.length);
  return bytes;
}
