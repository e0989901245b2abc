/** Looks at what vaults told of their work: at the queue's stand-in, and in the database. */
import { fromBinary } from "@bufbuild/protobuf";
import { TelemetryBatchSchema } from "#gen/internal/v1/telemetry";
import { TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import { withPostgres } from "../../signals-service/src/store/postgres.ts";
import { sumSince } from "../../signals-service/src/store/telemetry-store.ts";
import type { Stack } from "../stack/stack.ts";

/** A message at the queue's stand-in. */
export type QueueMessage = {
  readonly bytes: Uint8Array;
  /** How often it was taken, and how often it was delivered. */
  readonly taken: number;
  readonly attempts: number;
};

/** The messages that the queue holds, and the last that were taken. */
export async function queueMessages(stack: Stack): Promise<readonly QueueMessage[]> {
  const response = await fetch(`${queueUrl(stack)}/messages`);
  const messages = (await response.json()) as { body: string; taken: number; attempts: number }[];
  return messages.map(({ body, ...rest }) => ({
    ...rest,
    bytes: new Uint8Array(Buffer.from(body, "base64")),
  }));
}

/** Has the queue deliver each message so often. */
export async function deliverTimes(stack: Stack, times: number): Promise<void> {
  await fetch(`${queueUrl(stack)}/times`, { method: "PUT", body: String(times) });
}

/** Puts something into the queue as it is. */
export async function putMessage(stack: Stack, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const headers = { "x-msg-fmt": "bytes" };
  await fetch(`${queueUrl(stack)}/message`, { method: "POST", headers, body });
}

/** What messages say, as counts by `KIND outcome`. */
export function countsIn(messages: readonly QueueMessage[]): ReadonlyMap<string, bigint> {
  const facts = messages.flatMap(({ bytes }) => fromBinary(TelemetryBatchSchema, bytes).facts);
  return countsOf(facts);
}

/** What the database says, as counts by `KIND outcome`, and of how many batches. */
export async function countsStored(stack: Stack) {
  const { facts, batches } = await withPostgres(stack.databaseUrl, (sql) => sumSince(sql, 0));
  return { counts: countsOf(facts), batches };
}

type Counted = { readonly kind: number; readonly outcome: string; readonly count: bigint };

function countsOf(facts: readonly Counted[]): ReadonlyMap<string, bigint> {
  const counts = new Map<string, bigint>();
  for (const { kind, outcome, count } of facts) {
    const [name] = Object.entries(TelemetryFact_Kind).find(([, number]) => number === kind) ?? [];
    const key = `${name} ${outcome}`;
    counts.set(key, (counts.get(key) ?? 0n) + count);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function queueUrl(stack: Stack): string {
  return `http://127.0.0.1:${stack.ports.queue}`;
}
