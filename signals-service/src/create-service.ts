/** Puts the service together from its bindings: once in an isolate. */
import { SignalService } from "#gen/signal/v1/signal_service";
import { toConnectError } from "#protocol/errors";
import { logFault } from "#protocol/log";
import { serve } from "#protocol/serve";
import {
  type Env,
  type FeedKey,
  importFeedKey,
  operatorsOf,
  originsOf,
  paceOf,
  periodOf,
  publishersOf,
  registryOf,
  sourcesOf,
} from "./env.ts";
import { createFrontDoor } from "./front-door.ts";
import { publishCustom } from "./ingest/custom.ts";
import { createRoundCache } from "./publish/cache.ts";
import { publicSeries } from "./series/meaning.ts";
import { createSeats } from "./service/seats.ts";
import { signalMethods } from "./service/signal-methods.ts";
import { createCatalog } from "./source/catalog/catalog.ts";
import { type Sql, withPostgres } from "./store/postgres.ts";
import { readPublication } from "./store/publication-store.ts";

/** How many streams an isolate serves at a time. */
const maxStreams = 1000;

/** How long a call that can't be answered from memory waits for a step, in milliseconds. */
const databasePatienceMs = 8_000;

/** Creates the function that answers every call. Throws on a missing or malformed binding. */
export function createService(env: Env): (request: Request) => Promise<Response> {
  const now = () => Date.now();
  const query = async <T>(use: (sql: Sql) => Promise<T>, patienceMs: number) => {
    try {
      return await withPostgres(env.DB.connectionString, use, patienceMs);
    } catch (fault) {
      logFault("database", fault);
      const detail = "the database does not answer";
      throw toConnectError({ reason: "UNAVAILABLE", detail, metadata: {} }, "SIGNALS", fault);
    }
  };
  const cache = createRoundCache({
    load: (patienceMs) => query(readPublication, patienceMs),
    now,
    after: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    onFault: (fault) => logFault("cache", fault),
  });
  let feedKey: Promise<FeedKey> | undefined;
  const methods = signalMethods({
    registry: publicSeries(registryOf(env)),
    cache,
    database: (use) => query(use, databasePatienceMs),
    catalog: createCatalog(sourcesOf(env)),
    pace: paceOf(env),
    publish: publishCustom,
    feedKey: () => {
      feedKey ??= importFeedKey(env.FEED_KEY);
      return feedKey;
    },
    periodMs: periodOf(env),
    seats: createSeats(maxStreams, now),
    pause,
    now,
  });
  const publishers = new Set(publishersOf(env).map(({ keyId }) => keyId));
  return createFrontDoor({
    handle: serve((router) => router.service(SignalService, methods), {
      enforcer: "SIGNALS",
      onFault: (fault) => logFault("service", fault),
    }),
    origins: originsOf(env),
    enrolled: { publishers, operators: operatorsOf(env) },
    now,
  });
}

/** Waits, or not, when nobody waits for what comes after. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timeout);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timeout = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
