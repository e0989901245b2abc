/** When a batch goes out, and that nothing that the queue does is felt. */
import { fromBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { TelemetryBatchSchema } from "#gen/internal/v1/telemetry";
import { createTelemetry, type SendBatch } from "./telemetry.ts";

const startMs = 1_800_000_012_345;

function started(send: SendBatch = async () => {}) {
  const batches: Uint8Array[] = [];
  let nowMs = startMs;
  let made = 0;
  const telemetry = createTelemetry({
    send: (batch) => {
      batches.push(batch);
      return send(batch);
    },
    now: () => nowMs,
    randomBytes: (length) => new Uint8Array(length).fill(++made),
  });
  return {
    ...telemetry,
    wait: (ms: number) => {
      nowMs += ms;
    },
    sent: () => batches.map((batch) => fromBinary(TelemetryBatchSchema, batch)),
  };
}

const settled = () => new Promise((done) => setTimeout(done));

test("a call is told within a minute of calls, and once", async () => {
  const { note, flush, wait, sent } = started();
  note("CALL", "ok", 5);
  flush();
  wait(59_999);
  note("CALL", "ok", 5);
  flush();
  expect(sent()).toEqual([]);
  wait(1);
  flush();
  await settled();
  flush();
  const [batch, ...more] = sent();
  expect(more).toEqual([]);
  expect(batch?.facts.map(({ count }) => count)).toEqual([2n]);
  expect(batch?.id).toHaveLength(16);
  expect(timestampMs(batch?.minute as never)).toBe(
    Math.floor((startMs + 60_000) / 60_000) * 60_000,
  );
});

test.each(["FIRING", "SETTLEMENT"] as const)("a %s is told at once", (kind) => {
  const { note, flush, sent } = started();
  note("LOOK", "ok", 1);
  note(kind, "ok");
  expect(sent()).toEqual([]);
  flush();
  expect(sent()[0]?.facts).toHaveLength(2);
});

test("what a vault does by itself is told every ten minutes", async () => {
  const { note, flush, wait, sent } = started();
  for (let minute = 0; minute < 30; minute++) {
    note("ALARM", "ok", 10);
    note("PULL", "ok");
    note("LOOK", "ok", 100);
    flush();
    await settled();
    wait(60_000);
  }
  expect(sent()).toHaveLength(2);
});

test("a batch has an id of its own", async () => {
  const { note, flush, sent } = started();
  for (let i = 0; i < 3; i++) {
    note("FIRING", "allowed");
    flush();
    await settled();
  }
  expect(new Set(sent().map(({ id }) => id.join())).size).toBe(3);
});

test("a clock that was set back does not silence it", async () => {
  const { note, flush, wait, sent } = started();
  wait(-86_400_000);
  note("CALL", "ok");
  flush();
  wait(600_000);
  flush();
  expect(sent()).toHaveLength(1);
});

test("while a queue hangs nothing more is sent, and what is held stays small", async () => {
  const { note, flush, wait, sent } = started(() => new Promise(() => {}));
  for (let i = 0; i < 10_000; i++) {
    note("FIRING", "allowed", i);
    flush();
    wait(60_000);
  }
  await settled();
  expect(sent()).toHaveLength(1);
});

test.each<readonly [string, SendBatch]>([
  [
    "throws",
    () => {
      throw new Error("no queue");
    },
  ],
  ["fails", () => Promise.reject(new Error("full"))],
])("a queue that %s is tried again, and what it had is lost", async (_, send) => {
  const { note, flush, sent } = started(send);
  note("FIRING", "allowed");
  flush();
  await settled();
  note("FIRING", "POLICY_REFUSED");
  flush();
  expect(sent().map(({ facts }) => facts.map(({ outcome }) => outcome))).toEqual([
    ["allowed"],
    ["POLICY_REFUSED"],
  ]);
});
