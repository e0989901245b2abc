import { describe, expect, test } from "vitest";
import { WatchVaultResponse_Kind as Kind } from "#gen/vault/v1/vault_messages";
import { enumName } from "#protocol/enum-name";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { append, lastSequence } from "../ledger/store.ts";
import { migrate } from "../storage/migrate.ts";
import { noticeWrites } from "../storage/notice.ts";
import { liveStream } from "./live-stream.ts";
import { createStreams, type StreamLimits } from "./registry.ts";
import type { ClosedCause } from "./stream-event.ts";

const startMs = 1_800_000_000_000;
const limits: StreamLimits = {
  heartbeatMs: 25_000,
  leaseMs: 900_000,
  maxPerKey: 4,
  maxPerVault: 32,
  maxWaiting: 8,
};

/** Time that stands still until it is moved, and then runs what is due. */
function clock() {
  let nowMs = startMs;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  return {
    now: () => nowMs,
    timer: (ms: number, run: () => void) => {
      const entry = { atMs: nowMs + ms, run };
      timers.add(entry);
      return () => void timers.delete(entry);
    },
    move(ms: number) {
      nowMs += ms;
      for (const entry of [...timers]) {
        if (entry.atMs > nowMs || !timers.delete(entry)) continue;
        entry.run();
      }
    },
    pending: () => timers.size,
  };
}

async function vaultWith(entries: number) {
  const { db, whenWritten } = noticeWrites(nodeDatabase());
  migrate(db);
  const time = clock();
  const streams = createStreams({ limits, timer: time.timer, now: time.now });
  whenWritten(streams.rouse);
  const record = () =>
    append(db, time.now(), { kind: "TRIGGER_FIRED", actor: "t", subject: "f", facts: {} });
  for (let i = 0; i < entries; i++) record();
  const { privateKey } = (await crypto.subtle.generateKey("Ed25519", false, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;

  const open = (options: { from?: number; keyId?: string; lost?: () => boolean } = {}) => {
    const position = { taken: options.from ?? lastSequence(db) };
    const openedAt = lastSequence(db);
    const leaseExpireMs = time.now() + limits.leaseMs;
    const judge = (): ClosedCause | undefined => {
      if (options.lost?.() === true) return "key_revoked";
      if (time.now() >= leaseExpireMs) return "lease";
      const waiting = lastSequence(db) - Math.max(position.taken, openedAt);
      return waiting > limits.maxWaiting ? "limit" : undefined;
    };
    const seat = streams.open({ keyId: options.keyId ?? "k", leaseExpireMs, judge });
    if (!seat.ok) return seat;
    const events = liveStream({
      db,
      seat: seat.value,
      position,
      requestSignature: new Uint8Array(64),
      key: privateKey,
      leaseExpireMs,
      heartbeatMs: limits.heartbeatMs,
      now: time.now,
    });
    const next = async () => {
      const { done, value } = await events.next();
      return done === true
        ? "end"
        : `${enumName(Kind, value.kind)} ${value.resource || value.resumeToken}`;
    };
    return { ok: true, seat: seat.value, next, events } as const;
  };
  const opened = (options?: Parameters<typeof open>[0]) => {
    const stream = open(options);
    return stream.ok ? stream : expect.unreachable(stream.error.detail);
  };
  return { db, time, streams, record, open, opened };
}

describe("a stream", () => {
  test("catches up with everything that was missed, and then waits", async () => {
    const vault = await vaultWith(200);
    const stream = vault.opened({ from: 3 });
    await stream.next();
    const tokens: string[] = [];
    for (let i = 0; i < 197; i++)
      tokens.push((await stream.events.next()).value?.resumeToken ?? "");
    expect(tokens).toEqual(Array.from({ length: 197 }, (_, i) => String(i + 4)));
    const waiting = stream.next();
    vault.record();
    expect(await waiting).toBe("FIRING f");
  });

  test("beats when it had nothing to say for long, and only then", async () => {
    const { time, record, opened } = await vaultWith(1);
    const stream = opened();
    expect(await stream.next()).toBe("HEARTBEAT 1");
    time.move(20_000);
    record();
    expect(await stream.next()).toBe("FIRING f");
    let came = false;
    const waiting = stream.next().then((event) => {
      came = true;
      return event;
    });
    time.move(24_999);
    await Promise.resolve();
    expect(came).toBe(false);
    time.move(1);
    expect(await waiting).toBe("HEARTBEAT 2");
  });

  test("beats between old events too, so that catching up is told from being held back", async () => {
    const { time, opened } = await vaultWith(3);
    const stream = opened({ from: 1 });
    expect(await stream.next()).toBe("HEARTBEAT 1");
    expect(await stream.next()).toBe("FIRING f");
    time.move(25_000);
    expect(await stream.next()).toBe("HEARTBEAT 2");
    expect(await stream.next()).toBe("FIRING f");
  });

  test("whose reader is slow is closed, and gives its place up before the reader knows", async () => {
    const { record, opened, streams } = await vaultWith(1);
    const stream = opened();
    await stream.next();
    for (let i = 0; i < 8; i++) record();
    expect(streams.count()).toBe(1);
    record();
    expect(streams.count()).toBe(0);
    expect(await stream.next()).toBe("CLOSED limit");
    expect(await stream.next()).toBe("end");
  });

  test("that only catches up is not slow", async () => {
    const { opened } = await vaultWith(50);
    const stream = opened({ from: 1 });
    await stream.next();
    expect(await stream.next()).toBe("FIRING f");
  });

  test("gives nothing of what was signed when access was lost meanwhile", async () => {
    let lost = false;
    const { record, opened, streams } = await vaultWith(1);
    const stream = opened({ lost: () => lost });
    await stream.next();
    record();
    const signing = stream.next();
    // The generator awaits its signature now.
    lost = true;
    expect(await signing).toBe("CLOSED key_revoked");
    expect(streams.count()).toBe(0);
  });

  test("ends with its lease, and gives its place up even when nobody reads", async () => {
    const { time, opened, streams } = await vaultWith(1);
    const stream = opened();
    await stream.next();
    time.move(limits.leaseMs + 1);
    expect(streams.count()).toBe(0);
    expect(await stream.next()).toBe("CLOSED lease");
    expect(time.pending()).toBe(0);
  });

  test("that its reader leaves while it waits ends, and leaves no timer behind", async () => {
    const { time, opened, streams } = await vaultWith(1);
    const stream = opened();
    await stream.next();
    const waiting = stream.next();
    await new Promise((resolve) => setTimeout(resolve));
    expect(time.pending()).toBe(2);
    stream.seat.leave();
    expect(await waiting).toBe("end");
    expect([streams.count(), time.pending()]).toEqual([0, 0]);
  });
});

test("a vault has at most 32 streams, a key at most 4", async () => {
  const { open, streams } = await vaultWith(1);
  const outcomes = Array.from({ length: 40 }, (_, i) => open({ keyId: `k${Math.floor(i / 5)}` }));
  expect(outcomes.map((seat) => seat.ok).filter(Boolean)).toHaveLength(32);
  const refused = outcomes.map((seat) => (seat.ok ? "" : (seat.error.metadata.max ?? "")));
  expect(refused.filter((max) => max !== "")).toEqual(Array(8).fill("4"));
  const more = open({ keyId: "another" });
  expect(more.ok ? "" : more.error.metadata.max).toBe("32");
  expect(streams.count()).toBe(32);
});
