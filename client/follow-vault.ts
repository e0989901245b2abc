/**
 * Follows a vault's changes for as long as the caller wants: one stream after another, from where
 * the last one ended, without gap or repeat.
 *
 * A stream that breaks off or falls silent may be a network's doing, so it is opened again. One
 * that was altered is nobody's accident, and ends here.
 */
import type { Client } from "@connectrpc/connect";
import { ErrorReason, Retry } from "#gen/error/v1/error";
import {
  WatchVaultResponse_Kind as Kind,
  type WatchVaultResponse,
} from "#gen/vault/v1/vault_messages";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { errorInfoOf } from "#protocol/errors";
import { untrustedOf } from "./untrusted-response.ts";
import { platformTimer, type Timer } from "./verified-stream.ts";

/** What to follow, and from where. */
export type FollowOptions = {
  /** Format: `vaults/{caip10}`. */
  readonly name: string;
  /** The last event that was handled. From now on unless given. */
  readonly resumeToken?: string;
  /** Ends it all. */
  readonly signal?: AbortSignal;
  /** Hears why a stream was opened again. */
  readonly onBreak?: (error: unknown) => void;
  /** The platform's timer unless given. */
  readonly timer?: Timer;
};

/** How long to wait before a stream is opened again, in milliseconds. */
const firstPauseMs = 250;
const maxPauseMs = 30_000;

/**
 * Yields every change, and at last, when the key may not read any more, the event that says so.
 * Throws what no retry helps with; `UntrustedResponseError` when the gateway alters a stream.
 */
export async function* followVault(
  vault: Pick<Client<typeof VaultService>, "watchVault">,
  options: FollowOptions,
): AsyncGenerator<WatchVaultResponse> {
  const { name, signal, timer = platformTimer } = options;
  let resumeToken = options.resumeToken ?? "";
  let breaks = 0;
  const isLeft = () => signal?.aborted === true;
  while (!isLeft()) {
    try {
      const events = vault.watchVault({ name, resumeToken }, signal && { signal });
      for await (const event of events) {
        resumeToken = event.resumeToken;
        if (event.sequence > 1n) breaks = 0;
        if (event.kind === Kind.HEARTBEAT) continue;
        const goesOn = event.kind === Kind.CLOSED && isForTime(event);
        if (!goesOn) yield event;
        if (event.kind === Kind.CLOSED && !goesOn) return;
      }
    } catch (error) {
      if (isLeft()) return;
      if (!canHelp(error)) throw error;
      options.onBreak?.(error);
      await pause(Math.min(maxPauseMs, firstPauseMs * 2 ** breaks), timer, signal);
      breaks += 1;
    }
  }
}

/** Whether a stream ended for its age or its slow reader, so that another may follow. */
function isForTime({ resource }: WatchVaultResponse): boolean {
  return resource === "lease" || resource === "limit";
}

function canHelp(error: unknown): boolean {
  const untrusted = untrustedOf(error);
  if (untrusted !== undefined) {
    return untrusted.failure === "stream_truncated" || untrusted.failure === "stream_silent";
  }
  // What says nothing of its own is the network's. A stream that the network broke off holds its
  // place until the vault's next heartbeats find nobody.
  const info = errorInfoOf(error);
  return info?.retry !== Retry.NEVER || info.reason === ErrorReason.QUOTA_EXCEEDED;
}

function pause(ms: number, timer: Timer, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      callOff();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const callOff = timer(ms, done);
    signal?.addEventListener("abort", done);
  });
}
