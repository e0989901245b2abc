/** Reads a batch of telemetry as it comes out of the queue, and believes none of it unseen. Pure. */
import { fromBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type TelemetryBatch, TelemetryBatchSchema } from "#gen/internal/v1/telemetry";
import type { TelemetryFact, TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import { err, ok, type Result } from "#protocol/result";
import { batchIdBytes, latencyBuckets, maxFacts, outcomeOf } from "#protocol/telemetry";

/** How often one kind of thing happened in one way in a minute, and how often it took how long. */
export type Fact = {
  readonly minuteMs: number;
  readonly kind: TelemetryFact_Kind;
  readonly outcome: string;
  readonly count: bigint;
  /** Empty, or one number for each of the contract's buckets. */
  readonly latencyBuckets: readonly bigint[];
};

/** A batch that counts. */
export type Batch = {
  readonly id: Uint8Array;
  readonly minuteMs: number;
  readonly facts: readonly Fact[];
};

/** Why a message is no batch that counts. */
export type BatchFailure = "not_bytes" | "too_large" | "malformed" | "time" | "facts";

/** More than the largest batch. */
const maxBytes = 32_768;

/** No vault does more of anything in the time between two batches. */
const maxCount = 1_000_000_000n;

/** How far ahead a vault's clock may be, in milliseconds. */
const maxAheadMs = 10 * 60_000;

/** How long a queue keeps a message at most: an older batch is none of ours. */
const maxAgeMs = 15 * 86_400_000;

const kinds = { first: 1, last: 7 } as const;

/** Reads a message's body. */
export function parseBatch(body: unknown, nowMs: number): Result<Batch, BatchFailure> {
  const bytes = body instanceof ArrayBuffer ? new Uint8Array(body) : body;
  if (!(bytes instanceof Uint8Array)) return err("not_bytes");
  if (bytes.byteLength > maxBytes) return err("too_large");
  let batch: TelemetryBatch;
  try {
    batch = fromBinary(TelemetryBatchSchema, bytes);
  } catch {
    return err("malformed");
  }
  const { id, minute, facts } = batch;
  if (id.length !== batchIdBytes || minute === undefined) return err("malformed");
  const minuteMs = timestampMs(minute);
  const isWhole = Number.isSafeInteger(minuteMs) && minuteMs % 60_000 === 0 && minute.nanos === 0;
  if (!isWhole || minuteMs > nowMs + maxAheadMs || minuteMs < nowMs - maxAgeMs) return err("time");
  if (facts.length === 0 || facts.length > maxFacts || !facts.every(isSound)) return err("facts");
  const read = facts.map(({ kind, outcome, count, latencyBuckets: buckets }) => ({
    minuteMs,
    kind,
    // A word that this release does not know says no more than that.
    outcome: outcomeOf(outcome),
    count,
    latencyBuckets: buckets,
  }));
  return ok({ id, minuteMs, facts: read });
}

function isSound({ kind, count, latencyBuckets: buckets }: TelemetryFact): boolean {
  const timed = buckets.reduce((sum, one) => sum + one, 0n);
  return (
    kind >= kinds.first &&
    kind <= kinds.last &&
    count >= 1n &&
    count <= maxCount &&
    (buckets.length === 0 || buckets.length === latencyBuckets) &&
    timed <= count
  );
}
