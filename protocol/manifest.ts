/**
 * Signs and verifies the manifest of a round, and the entries that it vouches for.
 *
 * Ed25519 over the manifest's very bytes, and a SHA-256 for each series' entry. Whoever holds an
 * entry that fits its digest needs no other word for it.
 */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type Manifest,
  ManifestSchema,
  type SeriesEntry,
  SeriesEntrySchema,
  type SignedManifest,
  SignedManifestSchema,
} from "#gen/signal/v1/snapshot";
import { checkSignature } from "./proof/algorithm.ts";
import { err, ok, type Result } from "./result.ts";

/** Why a manifest or an entry is not believed. */
export type ManifestFailure =
  | "manifest_foreign"
  | "manifest_altered"
  | "manifest_malformed"
  /** The entry is not the one that the manifest vouches for. */
  | "entry_altered";

/** Signs a manifest with the feed's key. */
export async function signManifest(
  manifest: Manifest,
  feed: { readonly keyId: string; readonly key: CryptoKey },
): Promise<SignedManifest> {
  const bytes = new Uint8Array(toBinary(ManifestSchema, manifest));
  const signature = await crypto.subtle.sign("Ed25519", feed.key, signedBytes(bytes));
  return {
    $typeName: SignedManifestSchema.typeName,
    manifest: bytes,
    signature: new Uint8Array(signature),
    keyId: feed.keyId,
  };
}

/** Verifies that a manifest is the feed's, and decodes it. */
export async function verifyManifest(
  signed: SignedManifest,
  feedKeyId: string,
): Promise<Result<Manifest, ManifestFailure>> {
  if (signed.keyId !== feedKeyId || !feedKeyId.startsWith("ed25519:")) {
    return err("manifest_foreign");
  }
  const signature = new Uint8Array(signed.signature);
  if (!(await checkSignature(feedKeyId, signature, signedBytes(signed.manifest)))) {
    return err("manifest_altered");
  }
  try {
    return ok(fromBinary(ManifestSchema, signed.manifest));
  } catch {
    return err("manifest_malformed");
  }
}

/** The digest of an encoded `SeriesEntry`. */
export async function entryDigest(entry: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(entry)));
}

/** Decodes an entry, if it is the one that a verified manifest vouches for. */
export async function verifyEntry(
  entry: Uint8Array,
  series: string,
  manifest: Manifest,
): Promise<Result<SeriesEntry, ManifestFailure>> {
  const line = manifest.lines.find((one) => one.series === series);
  const digest = await entryDigest(entry);
  const fits = line?.digest.length === 32 && digest.every((byte, i) => byte === line.digest[i]);
  if (!fits) return err("entry_altered");
  try {
    const decoded = fromBinary(SeriesEntrySchema, entry);
    return decoded.series?.id === series ? ok(decoded) : err("entry_altered");
  } catch {
    return err("manifest_malformed");
  }
}

function signedBytes(manifest: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = new TextEncoder().encode("metavault-manifest-v1\0");
  const bytes = new Uint8Array(prefix.length + manifest.length);
  bytes.set(prefix);
  bytes.set(manifest, prefix.length);
  return bytes;
}
