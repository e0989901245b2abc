/** Watching: what a reader gets, how often, and what becomes of one that is slow or goes away. */
import { create } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { SignedManifestSchema, SignedSnapshotSchema } from "#gen/signal/v1/snapshot";
import { reasonOf } from "#protocol/errors";
import type { ServedRound } from "../publish/served-round.ts";
import { createSeats } from "./seats.ts";
import { leaseMs, silenceMs, watchMethod } from "./watch-method.ts";

const seriesId = "a.b@v1";

function setUp(maxStreams = 2) {
  const state = { nowMs: 1_000_000, round: 5n, periodMs: 60_000 };
  const latest = (): ServedRound => ({
    round: state.round,
    publishMs: 0,
    nextPublishMs: state.nowMs + state.periodMs,
    snapshot: create(SignedSnapshotSchema),
    manifest: create(SignedManifestSchema, { keyId: String(state.round) }),
    entries: new Map([[seriesId, new Uint8Array([Number(state.round)])]]),
    newsMs: new Map(),
    rounds: new Map(),
  });
  /** What happens while a stream pauses. */
  const script: (() => void)[] = [];
  const { watchObservations } = watchMethod({
    cache: {
      get: async () => latest(),
      peek: latest,
      askAgainMs: () => state.nowMs + state.periodMs,
      expire: () => {},
    },
    seats: createSeats(maxStreams, () => state.nowMs),
    now: () => state.nowMs,
    pause: async (ms) => {
      state.nowMs += ms;
      script.shift()?.();
    },
  });
  const open = (knownRound = 0n, signal = new AbortController().signal) => {
    const request = { names: [`series/${seriesId}`, "series/none@v1"], knownRound } as never;
    const stream = watchObservations(request, { signal } as HandlerContext);
    const iterator = stream[Symbol.asyncIterator]();
    const next = async () => {
      const { done, value } = await iterator.next();
      if (done === true) return "end";
      const { signedManifest, entries = [] } = value;
      return signedManifest === undefined ? "life" : `${signedManifest.keyId}:${entries.join()}`;
    };
    return { next, leave: () => iterator.return?.() };
  };
  return { state, script, open };
}

describe("a stream", () => {
  test("begins with the latest round, or with the first that is later than the known one", async () => {
    const { state, script, open } = setUp();
    expect(await open().next()).toBe("5:5");
    script.push(() => {
      state.round = 6n;
    });
    expect(await open(5n).next()).toBe("6:6");
  });

  test("gives a sign of life in time, and only when it had nothing else to say", async () => {
    const { state, open } = setUp();
    const stream = open(5n);
    const startMs = state.nowMs;
    expect(await stream.next()).toBe("life");
    expect(state.nowMs - startMs).toBe(silenceMs);
    expect(silenceMs).toBeLessThanOrEqual(30_000);
  });

  test("whose reader is slow goes on with the latest round; what lay between is not kept", async () => {
    const { state, open } = setUp();
    const stream = open();
    expect(await stream.next()).toBe("5:5");
    state.round = 9n;
    expect(await stream.next()).toBe("9:9");
    expect(await stream.next()).toBe("life");
  });

  test("never tells an older round", async () => {
    const { open } = setUp();
    expect(await open(8n).next()).toBe("life");
  });

  test("ends when its time is over", async () => {
    const { state, open } = setUp();
    const startMs = state.nowMs;
    const stream = open(5n);
    while ((await stream.next()) !== "end");
    expect(state.nowMs - startMs).toBe(leaseMs);
  });

  test("ends when its reader does not want it any more", async () => {
    const { script, open } = setUp();
    const gone = new AbortController();
    script.push(() => gone.abort());
    expect(await open(5n, gone.signal).next()).toBe("end");
  });
});

describe("too many streams", () => {
  const refusal = (stream: { next: () => Promise<string> }) => stream.next().catch(reasonOf);

  test("are refused, until one ends", async () => {
    const { open } = setUp(2);
    const first = open();
    await first.next();
    await open().next();
    expect(await refusal(open())).toBe("RATE_LIMITED");
    await first.leave();
    expect(await refusal(open())).toBe("5:5");
  });

  test("are not counted when the platform ended them without a word", async () => {
    const { state, open } = setUp(1);
    await open().next();
    expect(await refusal(open())).toBe("RATE_LIMITED");
    state.nowMs += 120_001;
    expect(await refusal(open())).toBe("5:5");
  });
});
