/**
 * One open stream: what the ledger has since a position, then what comes, each event signed.
 *
 * Nothing is queued: the stream is a position in the ledger, and its reader pulls. A slow reader
 * so costs no memory; it is closed all the same when too much new waits for it. Whoever may not
 * read any more gets nothing more, whatever was recorded or signed before.
 */
import { firstLink, type Link, seal } from "#protocol/stream/chain";
import type { SignedEvent } from "#protocol/stream/event";
import type { Entry } from "../ledger/entry.ts";
import { lastSequence, listAfter } from "../ledger/store.ts";
import type { Database } from "../storage/database.ts";
import type { Seat } from "./registry.ts";
import {
  type ClosedCause,
  closedEvent,
  type EventContent,
  entryEvent,
  heartbeatEvent,
} from "./stream-event.ts";

/** What a stream is made of. */
export type LiveStream = {
  readonly db: Database;
  readonly seat: Seat;
  /** Where the reader stands; moves on with every event that goes out. */
  readonly position: Position;
  /** The signature of the request that opened the stream. */
  readonly requestSignature: Uint8Array;
  /** The identity key, which signs all of one stream. */
  readonly key: CryptoKey;
  readonly leaseExpireMs: number;
  readonly heartbeatMs: number;
  readonly now: () => number;
};

/** The number of the ledger entry that a reader has. */
export type Position = { taken: number };

/** An event, and where its reader stands when it is out. */
type Next = { readonly content: EventContent; readonly takes: number };

/** How many entries are read at once. */
const pageSize = 64;

/** Runs a stream to its end. */
export async function* liveStream(stream: LiveStream): AsyncGenerator<SignedEvent> {
  const { db, seat, position, leaseExpireMs, heartbeatMs, now } = stream;
  let link: Link = firstLink(stream.requestSignature);
  let page: readonly Entry[] = [];
  /** The newest time that the reader was told: how it knows that the stream is not held back. */
  let freshMs = Number.NEGATIVE_INFINITY;

  const nextEntry = (): Entry | undefined => {
    page = page.filter((entry) => entry.sequence > position.taken);
    if (page.length === 0 && lastSequence(db) > position.taken) {
      page = listAfter(db, position.taken, pageSize);
    }
    return page[0];
  };

  const nextEvent = (cause: ClosedCause | undefined): Next | undefined => {
    const nowMs = now();
    const { taken } = position;
    if (cause !== undefined) {
      return { content: closedEvent(cause, taken, nowMs, leaseExpireMs), takes: taken };
    }
    if (nowMs - freshMs >= heartbeatMs) {
      return { content: heartbeatEvent(taken, nowMs, leaseExpireMs), takes: taken };
    }
    const entry = nextEntry();
    if (entry === undefined) return undefined;
    return { content: entryEvent(entry, leaseExpireMs), takes: entry.sequence };
  };

  while (!seat.isLeft()) {
    const cause = seat.verdict();
    const next = nextEvent(cause);
    if (next === undefined) {
      await seat.wait(freshMs + heartbeatMs - now());
      continue;
    }
    const sealed = await seal(link, next.content, stream.key);
    // Signing awaited. Whoever lost access meanwhile does not get what was signed.
    if (seat.verdict() !== cause) continue;
    link = sealed.link;
    position.taken = next.takes;
    freshMs = Math.max(freshMs, next.content.timeMs);
    yield sealed.event;
    if (cause !== undefined) return;
  }
}
