/** What becomes of a delivery: good, hostile, and while nothing can be stored. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { TelemetryBatchSchema } from "#gen/internal/v1/telemetry";
import { parseBatch } from "./parse.ts";
import { receive } from "./receive.ts";

const nowMs = 1_800_000_000_000 - (1_800_000_000_000 % 60_000);

type Init = MessageInitShape<typeof TelemetryBatchSchema>;

const batch = (change: Partial<Init> = {}) =>
  toBinary(
    TelemetryBatchSchema,
    create(TelemetryBatchSchema, {
      id: new Uint8Array(16).fill(7),
      minute: timestampFromMs(nowMs),
      facts: [{ kind: 1, outcome: "ok", count: 3n }],
      ...change,
    } as Init),
  );
const fact = (change: Record<string, unknown>) =>
  batch({ facts: [{ kind: 1, outcome: "ok", count: 3n, ...change }] });
const buckets = (n: number, of = 0n) => new Array<bigint>(n).fill(of);

test.each<readonly [string, unknown, string]>([
  ["text", "hello", "not_bytes"],
  ["an object", { id: 1 }, "not_bytes"],
  ["nothing", undefined, "not_bytes"],
  ["too much", new Uint8Array(32_769), "too_large"],
  ["no message", new Uint8Array([255, 255, 255]), "malformed"],
  ["an empty message", new Uint8Array(), "malformed"],
  ["a short id", batch({ id: new Uint8Array(15) }), "malformed"],
  ["no minute", batch({ minute: undefined as never }), "malformed"],
  ["a time within a minute", batch({ minute: timestampFromMs(nowMs + 1000) }), "time"],
  ["a minute to come", batch({ minute: timestampFromMs(nowMs + 11 * 60_000) }), "time"],
  ["a minute long past", batch({ minute: timestampFromMs(nowMs - 16 * 86_400_000) }), "time"],
  ["no facts", batch({ facts: [] }), "facts"],
  [
    "more facts than may be",
    batch({ facts: Array.from({ length: 65 }, () => ({ kind: 1, outcome: "ok", count: 1n })) }),
    "facts",
  ],
  ["no kind", fact({ kind: 0 }), "facts"],
  ["a kind of tomorrow", fact({ kind: 8 }), "facts"],
  ["a count of nothing", fact({ count: 0n }), "facts"],
  ["a count beyond reason", fact({ count: 2n ** 63n }), "facts"],
  ["too few buckets", fact({ latencyBuckets: buckets(21) }), "facts"],
  ["more in the buckets than counted", fact({ latencyBuckets: buckets(22, 1n) }), "facts"],
])("%s is no batch", (_, body, why) => {
  expect(parseBatch(body, nowMs)).toEqual({ ok: false, error: why });
});

test("whatever bytes come, they are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const parsed = parseBatch(bytes, nowMs);
      expect(typeof parsed.ok).toBe("boolean");
    }),
  );
});

test("a word that is not known is told as other", () => {
  const parsed = parseBatch(fact({ outcome: "vaults/eip155:1:0xabc" }), nowMs);
  expect(parsed.ok && parsed.value.facts.map(({ outcome }) => outcome)).toEqual(["other"]);
});

function delivery(bodies: readonly unknown[]) {
  const fates: string[] = bodies.map(() => "none");
  const say = (i: number, fate: string) => () => {
    fates[i] = fate;
  };
  const messages = bodies.map((body, i) => ({ body, ack: say(i, "ack"), retry: say(i, "retry") }));
  return { fates, messages };
}

test("what is no batch is dropped and counted, and keeps no other from being stored", async () => {
  const store = vi.fn(async () => {});
  const { fates, messages } = delivery(["x", batch(), new Uint8Array([255]), "y"]);
  const received = await receive({ store, now: () => nowMs }, messages);
  expect(received).toEqual({ accepted: 1, dropped: { not_bytes: 2, malformed: 1 } });
  expect(fates).toEqual(["ack", "ack", "ack", "ack"]);
  expect(store).toHaveBeenCalledTimes(1);
});

test("what can't be stored is asked for again, and what is no batch is not", async () => {
  const fault = new Error("the database is down");
  const { fates, messages } = delivery([batch(), "x", batch({ id: new Uint8Array(16).fill(8) })]);
  const store = () => Promise.reject(fault);
  const received = await receive({ store, now: () => nowMs }, messages);
  expect(received).toEqual({ accepted: 0, dropped: { not_bytes: 1 }, fault });
  expect(fates).toEqual(["retry", "ack", "retry"]);
});
