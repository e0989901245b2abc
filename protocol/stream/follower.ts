/**
 * Follows one stream from the caller's side and says what is wrong with it.
 *
 * Pure but for the check of signatures; the clock is passed in. What can't be forged can still
 * be held back, so it measures how old the freshest signed event is, by the vault's own times:
 * a stream that is delayed more and more is given up like one that fell silent.
 */
import { WatchVaultResponse_Kind } from "#gen/vault/v1/vault_messages";
import { err, ok, type Result } from "../result.ts";
import { firstLink, follow, type Link } from "./chain.ts";
import type { SignedEvent } from "./event.ts";
import type { StreamFailure } from "./failure.ts";

/** What is known of a stream when it opens. */
export type Opening = {
  /** The bytes of the signature of the request that asked for it. */
  readonly requestSignature: Uint8Array;
  /** The vault's identity key. */
  readonly keyId: string;
  /** When the request was sent, by the caller's clock. */
  readonly sentMs: number;
  /** How long the stream may say nothing fresh. */
  readonly maxSilenceMs: number;
};

/** Follows one stream. */
export type Follower = {
  /** Believes the next event, or says why not. Nothing is believed after a failure or the end. */
  readonly take: (event: SignedEvent, nowMs: number) => Promise<Result<void, StreamFailure>>;
  /** Whether the vault has closed the stream. */
  readonly isClosed: () => boolean;
  /** When the stream is given up unless something fresh comes, by the caller's clock. */
  readonly silentAtMs: () => number;
};

/** Starts to follow a stream. */
export function followStream(opening: Opening): Follower {
  const { sentMs, maxSilenceMs } = opening;
  let link: Link = firstLink(opening.requestSignature);
  let failure: StreamFailure | undefined;
  let closed = false;
  /** The vault's clock less the caller's, at most: an event is signed after its request is sent. */
  let aheadMs: number | undefined;
  let freshestMs = 0;

  const silentAtMs = () => (aheadMs === undefined ? sentMs : freshestMs - aheadMs) + maxSilenceMs;

  const judge = async (event: SignedEvent, nowMs: number): Promise<StreamFailure | undefined> => {
    if (closed) return "stream_out_of_order";
    const next = await follow(link, event, opening.keyId);
    if (!next.ok) return next.error;
    link = next.value;
    aheadMs ??= event.timeMs - sentMs;
    freshestMs = Math.max(freshestMs, event.timeMs);
    if (nowMs > silentAtMs()) return "stream_silent";
    closed = event.kind === WatchVaultResponse_Kind.CLOSED;
    const isOver = nowMs + aheadMs > event.leaseExpireMs + maxSilenceMs;
    return isOver && !closed ? "stream_lease_over" : undefined;
  };

  return {
    async take(event, nowMs) {
      failure ??= await judge(event, nowMs);
      return failure === undefined ? ok(undefined) : err(failure);
    },
    isClosed: () => closed && failure === undefined,
    silentAtMs,
  };
}
