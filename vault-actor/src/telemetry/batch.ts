/** Writes a batch of facts as it goes through the queue. Pure. */
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { TelemetryBatchSchema } from "#gen/internal/v1/telemetry";
import { TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import type { Fact } from "./tally.ts";

/** Encodes a batch. Its time is cut to the minute, so that it is nobody's fingerprint. */
export function encodeBatch(id: Uint8Array, nowMs: number, facts: readonly Fact[]): Uint8Array {
  const minute = timestampFromMs(Math.floor(nowMs / 60_000) * 60_000);
  const batch = create(TelemetryBatchSchema, {
    id,
    minute,
    facts: facts.map(({ kind, outcome, count, latencyBuckets }) => ({
      kind: TelemetryFact_Kind[kind],
      outcome,
      count,
      latencyBuckets: [...latencyBuckets],
    })),
  });
  return toBinary(TelemetryBatchSchema, batch);
}
