/**
 * Tells the operator, through a queue, what all vaults together do.
 *
 * In memory only: a fact costs no row and no alarm, and what is not sent before the object's life
 * ends is lost. Nothing ever waits for the queue, and nothing that goes wrong with it is noticed
 * by anybody: one batch at most is on its way, and while it does not arrive the facts add up.
 */
import { batchIdBytes } from "#protocol/telemetry";
import { encodeBatch } from "./batch.ts";
import { createTally, type FactKind } from "./tally.ts";

/** Hands a batch to the queue. May throw, fail or never end. */
export type SendBatch = (batch: Uint8Array) => Promise<unknown>;

/** What happens, told. Never throws, never waits. */
export type Telemetry = {
  /** Something happened. `tookMs`: how long it took; absent when it is not timed. */
  readonly note: (kind: FactKind, outcome: string, tookMs?: number) => void;
  /** A piece of work is done: what is due is sent. */
  readonly flush: () => void;
};

/** Not oftener than this while somebody calls, in milliseconds. */
const pauseMs = 60_000;

/** What a vault does by itself, every minute: a batch each time would cost more than the tick. */
const routine: ReadonlySet<FactKind> = new Set(["ALARM", "LOOK", "PULL"]);

/** How long that alone may wait, in milliseconds. */
const routinePauseMs = 600_000;

/** What an operator wants to see at once. */
const notable: ReadonlySet<FactKind> = new Set(["FIRING", "SETTLEMENT"]);

/** Tells nobody anything. */
export const noTelemetry: Telemetry = { note() {}, flush() {} };

/** Creates the telemetry of one life of a vault. */
export function createTelemetry(deps: {
  readonly send: SendBatch;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}): Telemetry {
  const { send, now } = deps;
  const tally = createTally();
  let sentMs = now();
  let dueMs = Number.POSITIVE_INFINITY;
  let isSending = false;

  const due = (atMs: number) => {
    dueMs = Math.min(dueMs, atMs);
  };

  return {
    note(kind, outcome, tookMs) {
      tally.add(kind, outcome, tookMs);
      if (notable.has(kind)) due(0);
      else due(sentMs + (routine.has(kind) ? routinePauseMs : pauseMs));
    },

    flush() {
      const nowMs = now();
      // A clock that was set back must not silence it for as long.
      if (sentMs > nowMs) sentMs = nowMs;
      if (isSending || nowMs < Math.min(dueMs, sentMs + routinePauseMs) || tally.isEmpty()) return;
      const batch = encodeBatch(deps.randomBytes(batchIdBytes), nowMs, tally.drain());
      sentMs = nowMs;
      dueMs = Number.POSITIVE_INFINITY;
      isSending = true;
      const sent = () => {
        isSending = false;
      };
      try {
        send(batch).then(sent, sent);
      } catch {
        sent();
      }
    },
  };
}
