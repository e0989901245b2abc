import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { WatchVaultResponse_Kind as Kind } from "#gen/vault/v1/vault_messages";
import { formatEd25519KeyId } from "../proof/key-id.ts";
import { firstLink, type Link, seal } from "./chain.ts";
import type { SignedEvent, StreamEvent } from "./event.ts";
import type { StreamFailure } from "./failure.ts";
import { followStream } from "./follower.ts";

const sentMs = 1_800_000_000_000;
const leaseExpireMs = sentMs + 900_000;
const maxSilenceMs = 65_000;
const requestSignature = new Uint8Array(64).fill(7);

let key: CryptoKey;
let keyId: string;
beforeAll(async () => {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  key = pair.privateKey;
  keyId = formatEd25519KeyId(
    new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer),
  );
});

const content = (index: number, kind: Kind, atMs = sentMs + 100 * (index + 1)) => ({
  kind,
  resource: kind === Kind.CLOSED ? "lease" : `vaults/v/executions/${index}`,
  timeMs: atMs,
  leaseExpireMs,
  resumeToken: String(index),
});

async function sealAll(
  contents: readonly Omit<StreamEvent, "sequence">[],
  of = requestSignature,
): Promise<SignedEvent[]> {
  const events: SignedEvent[] = [];
  let link: Link = firstLink(of);
  for (const content of contents) {
    const sealed = await seal(link, content, key);
    events.push(sealed.event);
    link = sealed.link;
  }
  return events;
}

/** A whole stream of `length` events, the last of which closes it. */
const wholeStream = (length: number, of = requestSignature) =>
  sealAll(
    Array.from({ length }, (_, index) =>
      content(index, index === length - 1 ? Kind.CLOSED : Kind.EXECUTION),
    ),
    of,
  );

/** What a caller makes of events that come 100 ms apart: how many it believes, and the end. */
async function read(
  events: readonly SignedEvent[],
): Promise<{ readonly believed: number; readonly end: StreamFailure | "closed" }> {
  const follower = followStream({ requestSignature, keyId, sentMs, maxSilenceMs });
  let believed = 0;
  for (const [index, event] of events.entries()) {
    const taken = await follower.take(event, sentMs + 100 * (index + 1));
    if (!taken.ok) return { believed, end: taken.error };
    believed += 1;
  }
  return { believed, end: follower.isClosed() ? "closed" : "stream_truncated" };
}

describe("a stream", () => {
  test("is believed to its end when nothing was done to it", async () => {
    expect(await read(await wholeStream(5))).toEqual({ believed: 5, end: "closed" });
  });

  test("of another request is not believed", async () => {
    const foreign = await wholeStream(3, new Uint8Array(64).fill(8));
    expect(await read(foreign)).toEqual({ believed: 0, end: "stream_unbound" });
  });

  test("of another vault is not believed", async () => {
    const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign"])) as CryptoKeyPair;
    const sealed = await seal(
      firstLink(requestSignature),
      content(0, Kind.EXECUTION),
      pair.privateKey,
    );
    expect(await read([sealed.event])).toEqual({ believed: 0, end: "stream_altered" });
  });
});

type Spoiled = { readonly events: readonly SignedEvent[]; readonly intact: number };

const flip = (bytes: Uint8Array<ArrayBuffer>, bit: number) => {
  const copy = bytes.slice();
  const at = (bit >> 3) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

const alterations: readonly ((event: SignedEvent, seed: number) => SignedEvent)[] = [
  (e, seed) => ({ ...e, sequence: e.sequence + 1 + (seed % 5) }),
  (e, seed) => ({ ...e, kind: ((e.kind + 1 + (seed % 6)) % 8) as Kind }),
  (e, seed) => ({ ...e, resource: `${e.resource}${seed}` }),
  (e, seed) => ({ ...e, timeMs: e.timeMs + 1 + seed }),
  (e, seed) => ({ ...e, leaseExpireMs: e.leaseExpireMs + 1 + seed }),
  (e, seed) => ({ ...e, resumeToken: `${e.resumeToken}${seed}` }),
  (e, seed) => ({ ...e, previousHash: flip(e.previousHash, seed) }),
  (e, seed) => ({ ...e, signature: flip(e.signature, seed) }),
];

/** What can be done to the events of a stream, and how many before it stay as they were. */
const spoilings: Record<string, (events: SignedEvent[], at: number, seed: number) => Spoiled> = {
  dropped: (events, at) => ({ events: events.toSpliced(at, 1), intact: at }),
  repeated: (events, at) => {
    const event = events[at];
    return { events: event ? events.toSpliced(at, 0, event) : events, intact: at + 1 };
  },
  swapped: (events, at, seed) => {
    const other = (at + 1 + (seed % (events.length - 1))) % events.length;
    const [a, b] = [events[at], events[other]];
    const swapped = events.map((event, i) => (i === at ? b : i === other ? a : event));
    return { events: swapped.filter((e) => e !== undefined), intact: Math.min(at, other) };
  },
  altered: (events, at, seed) => {
    const alter = alterations[seed % alterations.length];
    const altered = events.map((event, i) => (i === at && alter ? alter(event, seed) : event));
    return { events: altered, intact: at };
  },
  truncated: (events, at) => ({ events: events.slice(0, at), intact: at }),
};

describe("of a stream with one event", () => {
  test.each(Object.entries(spoilings))("%s, nothing beyond is believed", async (_, spoil) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 8 }),
        fc.nat(),
        fc.nat(),
        async (length, place, seed) => {
          const spoiled = spoil(await wholeStream(length), place % length, seed);
          const { believed, end } = await read(spoiled.events);
          expect(believed).toBe(spoiled.intact);
          expect(end).not.toBe("closed");
        },
      ),
      { numRuns: 60 },
    );
  });

  test("taken from another stream at the same place, nothing beyond is believed", async () => {
    const [own, other] = [await wholeStream(4), await wholeStream(4, new Uint8Array(64))];
    for (const at of own.keys()) {
      const mixed = own
        .map((event, i) => (i === at ? other[i] : event))
        .filter((e) => e !== undefined);
      expect(await read(mixed)).toEqual({ believed: at, end: "stream_unbound" });
    }
  });
});

describe("a stream that is held back", () => {
  const follow = () => followStream({ requestSignature, keyId, sentMs, maxSilenceMs });

  test("is given up after two heartbeats and some, whatever comes then", async () => {
    const [first, second] = await sealAll([
      content(0, Kind.HEARTBEAT, sentMs),
      content(0, Kind.HEARTBEAT, sentMs + 25_000),
    ]);
    if (first === undefined || second === undefined) return expect.unreachable();
    const follower = follow();
    expect(follower.silentAtMs()).toBe(sentMs + maxSilenceMs);
    expect((await follower.take(first, sentMs + 10)).ok).toBe(true);
    expect((await follower.take(second, sentMs + 25_000 + maxSilenceMs)).ok).toBe(true);
    expect(follower.silentAtMs()).toBe(sentMs + 25_000 + maxSilenceMs);
  });

  test("can't fall behind by a little more each time", async () => {
    const events = await sealAll(
      Array.from({ length: 20 }, (_, i) => content(i, Kind.HEARTBEAT, sentMs + i * 25_000)),
    );
    const follower = follow();
    const outcomes: (StreamFailure | "ok")[] = [];
    for (const [i, event] of events.entries()) {
      // Never silent for longer than 35 seconds, and yet 10 seconds later each time.
      const taken = await follower.take(event, sentMs + i * 35_000);
      outcomes.push(taken.ok ? "ok" : taken.error);
    }
    expect(outcomes.indexOf("stream_silent")).toBe(7);
    expect(outcomes.slice(7)).toEqual(Array(13).fill("stream_silent"));
  });

  test("does not outlive its lease", async () => {
    const late = leaseExpireMs + maxSilenceMs + 1;
    const events = await sealAll([
      content(0, Kind.HEARTBEAT, sentMs),
      content(1, Kind.HEARTBEAT, late),
    ]);
    const follower = follow();
    const outcomes = [];
    for (const event of events) outcomes.push(await follower.take(event, event.timeMs));
    expect(outcomes.at(-1)).toEqual({ ok: false, error: "stream_lease_over" });
  });

  test("is judged by the vault's clock, however wrong the caller's is", async () => {
    const ahead = 600_000;
    const events = await sealAll(
      [0, 1, 2].map((i) => content(i, Kind.HEARTBEAT, sentMs + ahead + i * 25_000)),
    );
    const follower = follow();
    for (const [i, event] of events.entries()) {
      expect((await follower.take(event, sentMs + i * 25_000)).ok).toBe(true);
    }
  });
});

test("nothing is believed after a stream was closed", async () => {
  const [event, closed, more] = await sealAll([
    content(0, Kind.EXECUTION),
    content(1, Kind.CLOSED),
    content(2, Kind.EXECUTION),
  ]);
  const events = [event, closed, more].filter((e) => e !== undefined);
  expect(await read(events)).toEqual({ believed: 2, end: "stream_out_of_order" });
});
