/**
 * Keeps the latest round in memory: however many ask, the database sees one reader a refresh.
 *
 * It is the same for everybody: nothing of a user is shared here. While the database is away or
 * slow the last round goes on being served, with its own times, and nobody waits long for a
 * better one.
 */
import type { Publication } from "./publication.ts";
import { type ServedRound, servedRound } from "./served-round.ts";

/** How long a caller waits for the database when there is something to serve, in milliseconds. */
export const patienceMs = 2_000;

/** How long a caller waits when there is nothing yet, in milliseconds. */
const coldPatienceMs = 8_000;

/** How long the database is left alone after it failed, in milliseconds. */
const failurePauseMs = 500;

/** How often a caller looks whether another one's reading has arrived, in milliseconds. */
const lookMs = 20;

/** What the cache needs. */
export type RoundCacheDeps = {
  /** Reads the database. Gives up by itself after so many milliseconds. */
  readonly load: (patienceMs: number) => Promise<Publication | undefined>;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly after: (ms: number) => Promise<void>;
  /** Hears why a round could not be read while the last one is still served. */
  readonly onFault: (fault: unknown) => void;
};

/** The cache of one isolate. */
export type RoundCache = {
  /** The latest round. `undefined` before the first. Throws when none could be read. */
  readonly get: () => Promise<ServedRound | undefined>;
  /** The latest round that is known, without asking for a later one. */
  readonly peek: () => ServedRound | undefined;
  /** When it is worth asking again, in milliseconds since the epoch. */
  readonly askAgainMs: () => number;
  /** Has the next caller ask the database: there is a later round. */
  readonly expire: () => void;
};

/** Creates the cache. */
export function createRoundCache(deps: RoundCacheDeps): RoundCache {
  const { load, now, after } = deps;
  let latest: ServedRound | undefined;
  let isExpired = false;
  /** Nobody asks before. */
  let nextAskMs = 0;
  /** Somebody is asking, and has until then: whose caller goes away never comes back here. */
  let askingUntilMs = 0;
  let fault: unknown;

  const refresh = async (waitMs: number): Promise<void> => {
    const mine = now() + waitMs;
    askingUntilMs = mine;
    try {
      const loaded = await inTime(load(waitMs), waitMs);
      if (loaded !== undefined && (latest === undefined || loaded.round > latest.round)) {
        latest = servedRound(loaded);
      }
      isExpired = false;
      fault = undefined;
      nextAskMs = now() + pauseMs(latest, now());
    } catch (error) {
      fault = error;
      nextAskMs = now() + failurePauseMs;
      throw error;
    } finally {
      // A caller that comes back late must not end the turn of the one after it.
      if (askingUntilMs === mine) askingUntilMs = 0;
    }
  };

  const inTime = async <T>(promise: Promise<T>, ms: number): Promise<T> => {
    promise.catch(() => undefined);
    const late = after(ms).then(() => {
      throw new Error(`the database did not answer within ${ms} ms`);
    });
    late.catch(() => undefined);
    return Promise.race([promise, late]);
  };

  const mayAsk = () => now() >= nextAskMs && now() >= askingUntilMs;

  return {
    async get() {
      if (latest !== undefined) {
        const isDue = isExpired || now() >= latest.nextPublishMs;
        if (isDue && mayAsk()) await refresh(patienceMs).catch(deps.onFault);
        return latest;
      }
      // A promise is not shared: on Workers it belongs to the request that made it.
      while (latest === undefined && now() < askingUntilMs) await after(lookMs);
      if (latest === undefined && mayAsk()) await refresh(coldPatienceMs);
      if (latest === undefined && fault !== undefined) throw fault;
      return latest;
    },

    peek: () => latest,

    askAgainMs() {
      const nowMs = now();
      if (latest === undefined) return nowMs;
      return latest.nextPublishMs > nowMs ? latest.nextPublishMs : Math.max(nextAskMs, nowMs);
    },

    expire() {
      isExpired = true;
      nextAskMs = 0;
    },
  };
}

/**
 * How long to wait for a round that did not come: the later it is, the longer, within a sixtieth
 * and a tenth of the period, in whole milliseconds. So a late publisher costs a few reads a period.
 */
function pauseMs(latest: ServedRound | undefined, nowMs: number): number {
  if (latest === undefined) return 100;
  const periodMs = latest.nextPublishMs - latest.publishMs;
  const lateMs = nowMs - latest.nextPublishMs;
  return Math.ceil(Math.max(periodMs / 60, Math.min(periodMs / 10, lateMs)));
}
