/**
 * Looks at the world: reads what the watched triggers depend on, judges those that are due, and
 * says when to look again.
 *
 * What cannot be read keeps nobody waiting: the last world that was read grows old by itself, and
 * whatever depends on nothing of it is judged in time.
 */
import { type Account, parseAccount } from "#protocol/names";
import type { ChainReader } from "../chain/chain-reader.ts";
import { readKey } from "../identity/key-store.ts";
import { readVault } from "../identity/vault-store.ts";
import { backoffMs } from "../scheduler/backoff.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import { expectedMs } from "../signal/cadence.ts";
import type { SignalClient } from "../signal/client.ts";
import { createHistory } from "../signal/history-store.ts";
import type { World } from "../signal/world.ts";
import { actingOf } from "./acting.ts";
import { createChainInputs } from "./chain-inputs.ts";
import type { FireDeps } from "./fire.ts";
import { asksNobody, createLook } from "./look.ts";
import { createRoster, type Entry } from "./roster.ts";

/** What watching needs. */
export type WatchDeps = FireDeps & {
  readonly signals: SignalClient;
  readonly chain: ChainReader;
  readonly now: () => number;
  /** So many triggers were judged. */
  readonly evaluated?: (count: number) => void;
  /** Told of a trigger that can't be judged. The others are. */
  readonly onFault?: (fault: unknown) => void;
  /** Runs something later. Absent: schedules wait for what is being read. */
  readonly timer?: Timer;
};

/** Runs something later. Returns what calls it off. */
export type Timer = (ms: number, run: () => void) => () => void;

const minPauseMs = 250;
const maxPauseMs = 60_000;

/** The longest pause while none of the series is expected to say anything. */
const maxQuietMs = 3_600_000;

/** The longest pause while a feed that answers is late with its next round. */
const maxLatePauseMs = 5_000;
const never = Number.POSITIVE_INFINITY;

/** Creates the handler of the job `watch`. */
export function createWatch(deps: WatchDeps): () => Promise<JobOutcome> {
  const { db, now } = deps;
  const roster = createRoster(db);
  const history = createHistory(db);
  const chain = createChainInputs({ db, reader: deps.chain, now });
  const { look, lookByTime } = createLook({ ...deps, roster, history, chain });
  let world: World | undefined;
  let failures = 0;

  const pull = async (wanted: ReadonlySet<string>) => {
    const pulled = await deps.signals.current(wanted);
    world = pulled.world ?? world;
    failures = pulled.kind === "ok" ? 0 : failures + 1;
  };

  /** When the feed is worth asking again. */
  const feedMs = (vaultId: string, wanted: ReadonlySet<string>, nowMs: number): number => {
    const spread = spreadOf(vaultId);
    if (failures > 0 || world === undefined) return nowMs + backoffMs(failures, spread);
    const { publishMs, nextPublishMs } = world;
    // Not all vaults at once: the spread is a small part of the feed's own period.
    const periodMs = Math.min(maxPauseMs, Math.max(0, nextPublishMs - publishMs));
    const spreadMs = Math.round(0.1 * spread * periodMs);
    const publicationMs = expectedMs(world, wanted);
    const dueMs = publicationMs + spreadMs;
    // The later the feed, the less often it is worth asking: four looks a second would cost dear.
    const patienceMs = Math.min(maxLatePauseMs, Math.max(minPauseMs, (nowMs - dueMs) / 4));
    // Whoever looks as soon as a round is there would otherwise never come to its own time.
    const longestMs = spreadMs + (publicationMs > nextPublishMs ? maxQuietMs : maxPauseMs);
    return Math.min(nowMs + longestMs, Math.max(nowMs + Math.round(patienceMs), dueMs));
  };

  /** A node or a feed may take its ten seconds; a schedule does not wait for them. */
  const meanwhile = async (account: Account, reading: Promise<unknown>): Promise<void> => {
    let isRead = false;
    const read = reading.then(() => {
      isRead = true;
    });
    const { timer } = deps;
    while (!isRead) {
      const nextMs = roster
        .of(account)
        .filter(asksNobody)
        .reduce((least, entry) => Math.min(least, entry.lookMs), never);
      if (timer === undefined || nextMs === never) return read;
      let callOff = () => {};
      const due = new Promise<void>((resolve) => {
        callOff = timer(Math.min(maxPauseMs, Math.max(0, nextMs - now())), resolve);
      });
      await Promise.race([read, due]);
      callOff();
      if (!isRead) lookByTime(account);
    }
  };

  return async () => {
    const vault = readVault(db);
    // A frozen vault does not look at all: lifting the freeze starts it again.
    if (vault === undefined || vault.freeze !== undefined) return { kind: "done" };
    const { vaultId, provisionalMs, authorityEpoch } = vault;
    if (provisionalMs !== undefined && now() < provisionalMs) {
      return { kind: "again", dueMs: provisionalMs };
    }
    const account = parseAccount(vaultId);
    if (account === undefined) return { kind: "done" };
    const keyOf = (keyId: string) => readKey(db, keyId)?.key;
    const acting = actingOf(roster.of(account), keyOf, authorityEpoch, now());
    const { entries, startMs } = acting;
    if (entries.length > 0) {
      const wanted = dependsOf(entries);
      const series = new Set(wanted.flatMap((one) => ("series" in one ? [one.series] : [])));
      const needsSeries = series.size > 0;
      await meanwhile(
        account,
        Promise.all([needsSeries ? pull(series) : undefined, chain.read(wanted)]),
      );
      const lookMs = look(account, world);
      if (lookMs === undefined) return { kind: "done" };
      const nowMs = now();
      const nextMs = Math.min(
        lookMs,
        startMs,
        needsSeries ? feedMs(vaultId, series, nowMs) : never,
        chain.nextMs(wanted),
      );
      return again(nextMs, nowMs);
    }
    // Who made them is revoked or over: a new grant or an update starts the watch again.
    return again(startMs, now());
  };
}

function again(dueMs: number, nowMs: number): JobOutcome {
  if (dueMs === never) return { kind: "done" };
  return { kind: "again", dueMs: Math.max(dueMs, nowMs), soft: true };
}

function dependsOf(entries: readonly Entry[]) {
  return entries.flatMap(({ depends }) => depends);
}

/** A fraction from 0 to 1 that is the vault's own (FNV-1a). */
function spreadOf(vaultId: string): number {
  let hash = 2166136261;
  for (const char of vaultId) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  return (hash >>> 0) / 2 ** 32;
}
