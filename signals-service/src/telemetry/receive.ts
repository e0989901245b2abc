/**
 * Takes in what the queue delivers: each batch counts once, however often it comes.
 *
 * What is no batch is dropped for good: it would not become one by being delivered again. What
 * can't be stored is asked for again, all of it.
 */
import type { Batch, BatchFailure } from "./parse.ts";
import { parseBatch } from "./parse.ts";

/** A message of the queue. */
export type Message = {
  readonly body: unknown;
  readonly ack: () => void;
  readonly retry: () => void;
};

/** What receiving needs. */
export type ReceiveDeps = {
  /** Stores batches, all or none. Throws when it can't. */
  readonly store: (batches: readonly Batch[], nowMs: number) => Promise<void>;
  readonly now: () => number;
};

/** What became of one delivery. */
export type Received = {
  readonly accepted: number;
  /** How many messages were dropped, by why. */
  readonly dropped: Readonly<Partial<Record<BatchFailure, number>>>;
  /** Why nothing was stored; absent when all was. */
  readonly fault?: unknown;
};

/** Takes in one delivery. Never throws: it says to each message what becomes of it. */
export async function receive(deps: ReceiveDeps, messages: readonly Message[]): Promise<Received> {
  const nowMs = deps.now();
  const batches: Batch[] = [];
  const good: Message[] = [];
  const dropped: Partial<Record<BatchFailure, number>> = {};
  for (const message of messages) {
    const batch = parseBatch(message.body, nowMs);
    if (batch.ok) {
      batches.push(batch.value);
      good.push(message);
    } else {
      dropped[batch.error] = (dropped[batch.error] ?? 0) + 1;
      message.ack();
    }
  }
  try {
    if (batches.length > 0) await deps.store(batches, nowMs);
  } catch (fault) {
    for (const message of good) message.retry();
    return { accepted: 0, dropped, fault };
  }
  for (const message of good) message.ack();
  return { accepted: batches.length, dropped };
}
