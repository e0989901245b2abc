/**
 * Decides whether an answer of the signals service is believed.
 *
 * Pure. Believed is what the feed's key signed, whole, of a round that is not older than one that
 * was believed before. What carried it decides nothing.
 */
import { create, fromBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type BatchGetObservationsResponse,
  BatchGetObservationsResponseSchema,
} from "#gen/signal/v1/pull_messages";
import { type Manifest, type SeriesEntry, SeriesEntrySchema } from "#gen/signal/v1/snapshot";
import { type ManifestFailure, verifyEntry, verifyManifest } from "#protocol/manifest";
import { err, ok, type Result } from "#protocol/result";
import { type World, worldOf } from "./world.ts";

/** Why an answer is not believed. */
export type AcceptFailure =
  | ManifestFailure
  /** A round that is older than one that was believed. */
  | "older_round"
  /** A series is missing, or one is there that was not asked for. */
  | "incomplete"
  /** It says that it was published in a time to come. */
  | "from_the_future";

/** How signatures and digests are checked. */
export type Verify = {
  readonly manifest: typeof verifyManifest;
  readonly entry: typeof verifyEntry;
};

/** As the contract says. */
export const asTheContractSays: Verify = { manifest: verifyManifest, entry: verifyEntry };

/** What an answer is held against. */
export type Terms = {
  readonly verify: Verify;
  readonly feedKeyId: string;
  /** The newest round that was believed. 0: none. */
  readonly newest: bigint;
  readonly nowMs: number;
};

/** A round that is believed, as far as it was asked for. */
export type Accepted = {
  readonly world: World;
  /** The ids of all that the round publishes. */
  readonly published: ReadonlySet<string>;
  /** The ids of what is here. */
  readonly held: ReadonlySet<string>;
};

/** How far the feed's clock may be ahead, in milliseconds. */
const aheadMs = 300_000;

/**
 * Accepts an answer. `wanted`: the series ids that were asked for, in their order; a series that
 * the manifest names must be there, each other is not published.
 */
export async function accept(
  answer: Pick<BatchGetObservationsResponse, "signedManifest" | "entries">,
  wanted: readonly string[],
  terms: Terms,
): Promise<Result<Accepted, AcceptFailure>> {
  const manifest = await acceptManifest(answer, terms);
  if (!manifest.ok) return manifest;
  const published = publishedIn(manifest.value);
  const here = wanted.filter((id) => published.has(id));
  if (here.length !== answer.entries.length) return err("incomplete");
  return acceptEntries(manifest.value, published, here, answer, terms);
}

/**
 * Accepts what was kept of an earlier answer, whatever was asked for then. It must be of the very
 * round that was noted.
 */
export async function acceptKept(
  kept: { readonly body: Uint8Array; readonly receiveMs: number },
  terms: Terms,
): Promise<Accepted | undefined> {
  try {
    const answer = fromBinary(BatchGetObservationsResponseSchema, kept.body);
    const manifest = await acceptManifest(answer, terms);
    if (!manifest.ok) return undefined;
    const ids = answer.entries.map((entry) => fromBinary(SeriesEntrySchema, entry).series?.id);
    const published = publishedIn(manifest.value);
    const here = ids.flatMap((id) => id ?? []);
    const at = { ...terms, nowMs: kept.receiveMs };
    const accepted = await acceptEntries(manifest.value, published, here, answer, at);
    return accepted.ok ? accepted.value : undefined;
  } catch {
    return undefined;
  }
}

async function acceptManifest(
  { signedManifest }: Pick<BatchGetObservationsResponse, "signedManifest">,
  { verify, feedKeyId, newest, nowMs }: Terms,
): Promise<Result<Manifest, AcceptFailure>> {
  if (signedManifest === undefined) return err("incomplete");
  const manifest = await verify.manifest(signedManifest, feedKeyId);
  if (!manifest.ok) return manifest;
  const { round, publishTime } = manifest.value;
  if (round < newest) return err("older_round");
  if (publishTime === undefined) return err("manifest_malformed");
  if (timestampMs(publishTime) > nowMs + aheadMs) return err("from_the_future");
  return manifest;
}

async function acceptEntries(
  manifest: Manifest,
  published: ReadonlySet<string>,
  here: readonly string[],
  answer: Pick<BatchGetObservationsResponse, "signedManifest" | "entries">,
  { verify, nowMs }: Terms,
): Promise<Result<Accepted, AcceptFailure>> {
  const entries: SeriesEntry[] = [];
  for (const [at, id] of here.entries()) {
    const entry = await verify.entry(answer.entries[at] ?? new Uint8Array(), id, manifest);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  const { signedManifest } = answer;
  const signed = create(BatchGetObservationsResponseSchema, {
    ...(signedManifest === undefined ? {} : { signedManifest }),
    entries: answer.entries,
  });
  const world = { ...worldOf(manifest, entries, nowMs), signed };
  return ok({ world, published, held: new Set(here) });
}

function publishedIn({ lines }: Manifest): ReadonlySet<string> {
  return new Set(lines.map(({ series }) => series));
}
