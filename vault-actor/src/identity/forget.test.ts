import { describe, expect, test } from "vitest";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { migrate } from "../storage/migrate.ts";
import { createForget, forgetPauseMs } from "./forget.ts";
import {
  consumeAct,
  consumeNonce,
  readRequest,
  requestLifeMs,
  writeRequest,
} from "./replay-store.ts";

const startMs = 1_800_000_000_000;
const minute = 60_000;

function setUp() {
  const db = nodeDatabase();
  migrate(db);
  let nowMs = startMs;
  const nonce = (text: string) =>
    consumeNonce(db, { keyId: "k", nonce: text, nowMs, untilMs: nowMs + 2 * minute });
  return {
    db,
    nonce,
    forget: createForget({ db, now: () => nowMs }),
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe("forgetting", () => {
  test("drops nothing that could still be replayed, and comes back for it", async () => {
    const { nonce, forget, wait } = setUp();
    expect(nonce("a")).toBe(true);
    wait(minute);
    expect(nonce("b")).toBe(true);
    wait(minute + 1);
    expect(await forget()).toEqual({ kind: "again", dueMs: startMs + 3 * minute + forgetPauseMs });
    expect(nonce("b")).toBe(false);
    expect(nonce("a")).toBe(true);
  });

  test("an answer is kept for a day", async () => {
    const { db, forget, wait } = setUp();
    const answer = new Uint8Array([1]);
    writeRequest(db, { keyId: "k", requestId: "r", standsFor: "/m d", answer, nowMs: startMs });
    wait(requestLifeMs);
    await forget();
    expect(readRequest(db, "k", "r")).toEqual({ standsFor: "/m d", answer });
    wait(1);
    expect(await forget()).toEqual({ kind: "done" });
    expect(readRequest(db, "k", "r")).toBeUndefined();
  });

  test("an owners' act is kept until it ends", async () => {
    const { db, forget, wait } = setUp();
    consumeAct(db, "0x01", startMs + minute);
    wait(minute);
    await forget();
    expect(consumeAct(db, "0x01", startMs + minute)).toBe(false);
    wait(1);
    expect(await forget()).toEqual({ kind: "done" });
  });
});
