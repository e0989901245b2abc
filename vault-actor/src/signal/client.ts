/**
 * Pulls the signed snapshot of signals, and keeps the last one in memory.
 *
 * Believes only what the feed's key signed, and never an older round than it has seen.
 */

import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { SignalService } from "#gen/signal/v1/signal_service";
import { type SnapshotFailure, verifySnapshot } from "#protocol/snapshot";
import { type World, worldOf } from "./world.ts";

/** Why a pull brought nothing. */
export type PullFailure = SnapshotFailure | "unreachable" | "older_round";

/** What became of a pull. Every failure may pass: the world is looked at again later. */
export type Pull =
  | { readonly kind: "ok"; readonly world: World }
  | { readonly kind: "retry"; readonly reason: PullFailure };

/** Creates the client of one vault. */
export function createSignalClient(deps: {
  readonly transport: Transport;
  readonly feedKeyId: string;
  /** The newest round that was believed in an earlier life of the object. Absent: 0. */
  readonly believed?: () => bigint;
  /** How a snapshot is verified, if not as the contract says. */
  readonly verify?: typeof verifySnapshot;
  /** Told how each pull went. */
  readonly onPull?: (outcome: "ok" | PullFailure) => void;
}) {
  const { verify = verifySnapshot } = deps;
  const client = createClient(SignalService, deps.transport);
  let latest: World | undefined;

  const pull = async (): Promise<Pull> => {
    const pulled = await ask();
    deps.onPull?.(pulled.kind === "ok" ? "ok" : pulled.reason);
    return pulled;
  };

  const ask = async (): Promise<Pull> => {
    try {
      const answer = await client.getSnapshot(
        { knownRound: latest?.round ?? 0n },
        { timeoutMs: 10_000 },
      );
      const { signedSnapshot, nextPublishTime } = answer;
      if (signedSnapshot === undefined) {
        if (latest === undefined) return { kind: "retry", reason: "unreachable" };
        const nextPublishMs = nextPublishTime === undefined ? 0 : timestampMs(nextPublishTime);
        latest = { ...latest, nextPublishMs };
        return { kind: "ok", world: latest };
      }
      const snapshot = await verify(signedSnapshot, deps.feedKeyId);
      if (!snapshot.ok) return { kind: "retry", reason: snapshot.error };
      const newest = latest?.round ?? deps.believed?.() ?? 0n;
      if (snapshot.value.round < newest) {
        return { kind: "retry", reason: "older_round" };
      }
      latest = worldOf(snapshot.value);
      return { kind: "ok", world: latest };
    } catch {
      return { kind: "retry", reason: "unreachable" };
    }
  };

  return {
    /** Asks for what is new. */
    pull,

    /** The last world when it is still the latest, else a fresh one. */
    async current(nowMs: number): Promise<Pull> {
      const fresh = latest !== undefined && nowMs < latest.nextPublishMs;
      return fresh && latest !== undefined ? { kind: "ok", world: latest } : pull();
    },
  };
}

/** The signal client of one vault. */
export type SignalClient = ReturnType<typeof createSignalClient>;
