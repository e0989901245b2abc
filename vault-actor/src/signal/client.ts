/**
 * Pulls the series that are wanted, and keeps the last round that was believed.
 *
 * Every answer is verified (`accept.ts`). While the service can't be reached, or is not believed,
 * the vault goes on with what it has; that grows old by itself.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  type BatchGetObservationsRequestSchema,
  type BatchGetObservationsResponse,
  BatchGetObservationsResponseSchema,
} from "#gen/signal/v1/pull_messages";
import { SignalService } from "#gen/signal/v1/signal_service";
import {
  type Accepted,
  type AcceptFailure,
  accept,
  acceptKept,
  asTheContractSays,
  type Verify,
} from "./accept.ts";
import { expectedMs } from "./cadence.ts";
import type { World } from "./world.ts";

/** Why a pull came to nothing. */
export type PullFailure =
  | AcceptFailure
  | "unreachable"
  /** Rounds followed each other faster than a large set could be read. */
  | "round_moved";

/** What became of a pull. Every failure may pass: the world is looked at again later. */
export type Pull =
  | { readonly kind: "ok"; readonly world: World }
  /** `world`: what is known still. */
  | { readonly kind: "retry"; readonly reason: PullFailure; readonly world: World | undefined };

/** What was kept of the last round, for the next life of the object. */
export type KeptRound = {
  readonly round: bigint;
  /** An encoded `BatchGetObservationsResponse`. `undefined`: only its number was. */
  readonly body: Uint8Array | undefined;
  readonly receiveMs: number;
};

/** The most series of one request, as the contract has it. */
const maxNames = 100;

/** How often a set that takes several requests is begun again. */
const maxAttempts = 3;

/** What the contract takes for a series. No other can be published. */
const idPattern = /^[a-z0-9_.]+@v[1-9][0-9]{0,4}$/;

/** Creates the client of one vault. */
export function createSignalClient(deps: {
  readonly transport: Transport;
  readonly feedKeyId: string;
  readonly now: () => number;
  /** What was believed in an earlier life of the object. Absent: nothing. */
  readonly kept?: () => KeptRound | undefined;
  /** How long an answer may take, in milliseconds. Absent: 10 seconds. */
  readonly timeoutMs?: number;
  /** Runs something later, and returns what calls it off. Absent: the wire itself keeps the time. */
  readonly timer?: (ms: number, run: () => void) => () => void;
  readonly verify?: Verify;
  /** Told how each pull went. */
  readonly onPull?: (outcome: "ok" | PullFailure) => void;
}) {
  const { feedKeyId, now, timeoutMs = 10_000, verify = asTheContractSays } = deps;
  const client = createClient(SignalService, deps.transport);
  let newest: bigint | undefined;
  let latest: Accepted | undefined;

  /** What an earlier life believed. Asked for once. */
  const recall = async (): Promise<bigint> => {
    if (newest !== undefined) return newest;
    const kept = deps.kept?.();
    const noted = kept?.round ?? 0n;
    if (kept?.body !== undefined) {
      const terms = { verify, feedKeyId, newest: noted, nowMs: now() };
      const accepted = await acceptKept({ ...kept, body: kept.body }, terms);
      // Another call may have been faster.
      latest ??= accepted?.world.round === noted ? accepted : undefined;
    }
    newest ??= noted;
    return newest;
  };

  /** Asks once. Not every wire gives up when it is told to: the caller does in any case. */
  const request = async (wanted: MessageInitShape<typeof BatchGetObservationsRequestSchema>) => {
    const answer = client.batchGetObservations(wanted, { timeoutMs });
    if (deps.timer === undefined) return answer;
    let callOff = () => {};
    const late = new Promise<never>((_, reject) => {
      callOff = deps.timer?.(timeoutMs, () => reject(new Error("too late"))) ?? callOff;
    });
    return Promise.race([answer, late]).finally(callOff);
  };

  /** One answer for all that is wanted. `undefined`: the caller has the latest round. */
  const ask = async (
    wanted: readonly string[],
    knownRound: bigint,
  ): Promise<BatchGetObservationsResponse | "round_moved" | undefined> => {
    const names = wanted.map((id) => `series/${id}`);
    const first = await request({ names: names.slice(0, maxNames), knownRound });
    const { signedManifest } = first;
    if (signedManifest === undefined) return undefined;
    const entries = [...first.entries];
    for (let from = maxNames; from < names.length; from += maxNames) {
      const next = await request({ names: names.slice(from, from + maxNames) });
      // Of the same round, or the parts say nothing together.
      if (!isSame(next.signedManifest?.manifest, signedManifest.manifest)) return "round_moved";
      entries.push(...next.entries);
    }
    return create(BatchGetObservationsResponseSchema, { signedManifest, entries });
  };

  /** Asks for what is new, and believes it or not. */
  const fetch = async (
    wanted: readonly string[],
  ): Promise<Accepted | Exclude<PullFailure, "unreachable">> => {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const known = latest !== undefined && covers(latest, wanted) ? latest : undefined;
      const answer = await ask(wanted, known?.world.round ?? 0n);
      if (answer === "round_moved") continue;
      if (answer === undefined) return known ?? "incomplete";
      const terms = { verify, feedKeyId, newest: newest ?? 0n, nowMs: now() };
      const accepted = await accept(answer, wanted, terms);
      if (!accepted.ok) return accepted.error;
      // Another pull may have seen a newer round while this one was verified.
      if (accepted.value.world.round < (newest ?? 0n)) return "older_round";
      newest = accepted.value.world.round;
      return accepted.value;
    }
    return "round_moved";
  };

  const pull = async (ids: Iterable<string>, keep: boolean): Promise<Pull> => {
    const pulled = await attempt(ids, keep);
    deps.onPull?.(pulled.kind === "ok" ? "ok" : pulled.reason);
    return pulled;
  };

  const attempt = async (ids: Iterable<string>, keep: boolean): Promise<Pull> => {
    const wanted = askable(ids);
    try {
      await recall();
      const fetched = await fetch(wanted);
      if (typeof fetched === "string") {
        return { kind: "retry", reason: fetched, world: latest?.world };
      }
      if (keep) latest = fetched;
      return { kind: "ok", world: fetched.world };
    } catch {
      return { kind: "retry", reason: "unreachable", world: latest?.world };
    }
  };

  /** The last round while none of the series is expected to say something new, else a fresh one. */
  const recent = async (ids: Iterable<string>, keep: boolean): Promise<Pull> => {
    await recall();
    const wanted = askable(ids);
    const fresh =
      latest !== undefined && covers(latest, wanted) && now() < expectedMs(latest.world, wanted);
    return fresh && latest !== undefined ? { kind: "ok", world: latest.world } : pull(wanted, keep);
  };

  return {
    /**
     * What is known of some series, at least one, for one call: what the vault keeps stays as it
     * is.
     */
    look: (ids: Iterable<string>) => recent(ids, false),

    /** What is known of the series that the vault watches, at least one: a fresh round is kept. */
    current: (ids: ReadonlySet<string>) => recent(ids, true),
  };
}

/** The signal client of one vault. */
export type SignalClient = ReturnType<typeof createSignalClient>;

/** Whether nothing is wanted that the round publishes and that is not here. */
function covers({ held, published }: Accepted, wanted: readonly string[]): boolean {
  return wanted.every((id) => held.has(id) || !published.has(id));
}

/** In one order, so that equal sets make equal requests. */
function askable(ids: Iterable<string>): readonly string[] {
  return [...new Set(ids)].filter((id) => idPattern.test(id)).sort();
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, at) => byte === b[at]);
}
