/**
 * The Worker that publishes signals: a cron that ingests, and SignalService for everybody.
 */
import { createContextValues } from "@connectrpc/connect";
import { SignalService } from "#gen/signal/v1/signal_service";
import { toConnectError } from "#protocol/errors";
import { readBody } from "#protocol/exchange";
import { logFault } from "#protocol/log";
import { reject } from "#protocol/reject";
import { type Handle, maxBodyBytes, serve } from "#protocol/serve";
import {
  conditionsOf,
  type Env,
  type FeedKey,
  importFeedKey,
  paceOf,
  periodOf,
  sourcesOf,
} from "./env.ts";
import { ingest } from "./ingest/ingest.ts";
import { createSnapshotCache } from "./publish/cache.ts";
import { createRegistry, type Registry } from "./series/registry.ts";
import { signalMethods } from "./service/signal-methods.ts";
import { createCatalog } from "./source/catalog/catalog.ts";
import { type Sql, withPostgres } from "./store/postgres.ts";
import { readPublication } from "./store/publication-store.ts";
import { readRetention } from "./upkeep/retention.ts";
import { upkeep } from "./upkeep/upkeep.ts";

/** How many batches of upkeep follow one run: seconds of work. */
const maxUpkeepBatches = 200;

let handle: Handle | undefined;
let feedKey: Promise<FeedKey> | undefined;

export default {
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname === "/healthz") return new Response("ok\n");
    handle ??= createHandle(env);
    const contentType = request.headers.get("content-type");
    const body = await readBody(request.body, maxBodyBytes);
    if (body === undefined) {
      const detail = "the body exceeds the limit";
      const metadata = { max_bytes: String(maxBodyBytes) };
      const error = toConnectError({ reason: "BODY_TOO_LARGE", detail, metadata }, "SIGNALS");
      return toResponse(reject(contentType, error));
    }
    const { method, url, headers } = request;
    const wire = { method, url, headers, body };
    const answer = await handle(wire, createContextValues(), new AbortController().signal);
    if (answer !== undefined) return toResponse(answer);
    const path = new URL(url).pathname.slice(0, 200);
    const failure = {
      reason: "METHOD_UNKNOWN",
      detail: "no such method",
      metadata: { path },
    } as const;
    return toResponse(reject(contentType, toConnectError(failure, "SIGNALS")));
  },

  async scheduled(_controller, env): Promise<void> {
    feedKey ??= importFeedKey(env.FEED_KEY);
    const deps = {
      catalog: createCatalog(sourcesOf(env)),
      registry: registryOf(env),
      pace: paceOf(env),
      fetch: (url: string, init: RequestInit) => fetch(url, init),
      now: () => Date.now(),
      feedKey: await feedKey,
      periodMs: periodOf(env),
    };
    const open = <T>(use: (sql: Sql) => Promise<T>) => withPostgres(env.DB.connectionString, use);
    const { failed, refused } = await ingest(deps, open);
    if (failed.length > 0) {
      console.warn(JSON.stringify({ level: "warn", where: "ingest", failed }));
    }
    if (refused.length > 0) {
      logFault("ingest", new Error(`series mean something else than before: ${refused.join()}`));
    }
    const retention = readRetention(env.RETENTION_DAYS);
    const kept = upkeep({ ...deps, open, retention, maxBatches: maxUpkeepBatches });
    await kept.catch((fault) => logFault("upkeep", fault));
  },
} satisfies ExportedHandler<Env>;

function createHandle(env: Env): Handle {
  const database = async <T>(use: (sql: Sql) => Promise<T>) => {
    try {
      return await withPostgres(env.DB.connectionString, use);
    } catch (fault) {
      logFault("database", fault);
      const detail = "the database does not answer";
      throw toConnectError({ reason: "UNAVAILABLE", detail, metadata: {} }, "SIGNALS", fault);
    }
  };
  const cache = createSnapshotCache({
    load: () => database(readPublication),
    now: () => Date.now(),
  });
  return serve(
    (router) =>
      router.service(SignalService, signalMethods({ cache, database, registry: registryOf(env) })),
    {
      enforcer: "SIGNALS",
      onFault: (fault) => logFault("service", fault),
    },
  );
}

function registryOf(env: Env): Registry {
  return createRegistry({ pace: paceOf(env), conditions: conditionsOf(env), custom: [] });
}

function toResponse(response: ReturnType<typeof reject>): Response {
  const headers = new Headers(response.headers);
  headers.set("cache-control", "no-store");
  return new Response(response.body, { status: response.status, headers });
}
