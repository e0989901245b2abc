/** Following signals: only what the feed signed, only what is later, over streams that break. */
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type WatchObservationsResponse,
  WatchObservationsResponseSchema,
} from "#gen/signal/v1/pull_messages";
import { ManifestSchema, SeriesEntrySchema } from "#gen/signal/v1/snapshot";
import { toConnectError } from "#protocol/errors";
import { entryDigest, signManifest } from "#protocol/manifest";
import { toBase64Url } from "#protocol/proof/base64";
import { type FollowSignalsOptions, followSignals } from "./follow-signals.ts";
import { UntrustedRoundError } from "./untrusted-round.ts";

const ids = ["a.b@v1", "c.d@v1"];
const names = [...ids, "not.published@v1"].map((id) => `series/${id}`);

let feed: { readonly keyId: string; readonly key: CryptoKey };
beforeAll(async () => {
  const pair = (await crypto.subtle.generateKey("Ed25519", false, ["sign"])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  feed = { keyId: `ed25519:${toBase64Url(new Uint8Array(raw))}`, key: pair.privateKey };
});

const entryOf = (id: string, round: bigint) =>
  toBinary(
    SeriesEntrySchema,
    create(SeriesEntrySchema, { series: { id }, observation: { series: id, round } }),
  );

async function round(number: bigint): Promise<WatchObservationsResponse> {
  const entries = ids.map((id) => entryOf(id, number));
  const lines = await Promise.all(
    ids.map(async (series, i) => ({
      series,
      digest: await entryDigest(entries[i] ?? new Uint8Array()),
    })),
  );
  const manifest = create(ManifestSchema, { round: number, lines });
  const signedManifest = await signManifest(manifest, feed);
  return create(WatchObservationsResponseSchema, { signedManifest, entries });
}

const life = create(WatchObservationsResponseSchema);
type Script = readonly (WatchObservationsResponse | Error | "silence")[];

/** Follows streams that say what the scripts have; the last one is followed by the caller's end. */
async function follow(scripts: readonly Script[], options: Partial<FollowSignalsOptions> = {}) {
  const enough = new AbortController();
  const opened: bigint[] = [];
  const breaks: unknown[] = [];
  const left = [...scripts];
  const client = {
    async *watchObservations({ knownRound = 0n }: { knownRound?: bigint }) {
      opened.push(knownRound);
      const script = left.shift();
      if (script === undefined) return enough.abort();
      for (const one of script) {
        if (one instanceof Error) throw one;
        if (one === "silence") await new Promise(() => {});
        else yield one;
      }
    },
  };
  const seen: bigint[] = [];
  const run = async () => {
    const all = followSignals(client as never, {
      names,
      feedKeyId: feed.keyId,
      signal: enough.signal,
      onBreak: (error) => breaks.push(error),
      timer: (ms, done) => {
        // Pauses are short, silence is long.
        const timeout = setTimeout(done, ms > 60_000 ? 30 : 0);
        return () => clearTimeout(timeout);
      },
      ...options,
    });
    for await (const { round, entries } of all) {
      expect([...entries.keys()]).toEqual(ids);
      expect([...entries.values()].map((entry) => entry.observation?.round)).toEqual([
        round,
        round,
      ]);
      seen.push(round);
    }
    return "ended";
  };
  const end = await run().catch((error: unknown) =>
    error instanceof UntrustedRoundError ? error.failure : String(error),
  );
  return { seen, opened, breaks, end };
}

describe("following", () => {
  test("hands on what is the feed's, and opens the next stream with the last round", async () => {
    const outcome = await follow([[await round(3n), life, await round(5n)], [await round(6n)]]);
    expect(outcome).toMatchObject({ seen: [3n, 5n, 6n], opened: [0n, 5n, 6n], end: "ended" });
  });

  test("outlives a stream that breaks off, is refused for now, or falls silent", async () => {
    const busy = toConnectError({ reason: "RATE_LIMITED", detail: "", metadata: {} }, "SIGNALS");
    const outcome = await follow([
      [await round(3n), new ConnectError("gone", Code.Unavailable)],
      [busy],
      [life, "silence"],
      [await round(4n)],
    ]);
    expect(outcome).toMatchObject({ seen: [3n, 4n], end: "ended" });
    expect(outcome.breaks).toHaveLength(3);
  });

  test("gives up what no retry helps with", async () => {
    const bad = toConnectError({ reason: "FIELD_INVALID", detail: "no", metadata: {} }, "SIGNALS");
    const outcome = await follow([[bad]]);
    expect(outcome.end).toContain("no");
    expect(outcome.opened).toHaveLength(1);
  });

  test("starts where the caller was", async () => {
    const outcome = await follow([[await round(8n)]], { knownRound: 7n });
    expect(outcome.opened[0]).toBe(7n);
  });
});

describe("a service in wrong hands", () => {
  const flip = (bytes: Uint8Array) => bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1);
  test.for<readonly [string, (good: WatchObservationsResponse) => void, string]>([
    [
      "alters the manifest",
      ({ signedManifest: m }) => {
        if (m) m.manifest = flip(m.manifest);
      },
      "manifest_altered",
    ],
    [
      "signs with another key",
      ({ signedManifest: m }) => {
        if (m) m.keyId = `ed25519:${"A".repeat(43)}`;
      },
      "manifest_foreign",
    ],
    [
      "alters an entry",
      (good) => {
        good.entries = good.entries.map(flip);
      },
      "entry_altered",
    ],
    ["swaps entries", (good) => void good.entries.reverse(), "entry_altered"],
    ["holds an entry back", (good) => void good.entries.pop(), "entry_missing"],
  ])("%s", async ([, alter, failure]) => {
    const bad = await round(4n);
    alter(bad);
    const outcome = await follow([[await round(3n), bad], [await round(9n)]]);
    expect(outcome).toMatchObject({ seen: [3n], end: failure });
    expect(outcome.opened).toHaveLength(1);
  });

  test("tells an older round, or the same again", async () => {
    for (const old of [2n, 3n]) {
      const outcome = await follow([[await round(3n)], [await round(old)]]);
      expect(outcome).toMatchObject({ seen: [3n], end: "older_round" });
    }
  });
});
