/**
 * The Worker that publishes signals: a cron that ingests, SignalService for everybody, and the queue
 * that brings what vaults tell of their work.
 */
import { logFault } from "#protocol/log";
import { createService } from "./create-service.ts";
import {
  type Env,
  type FeedKey,
  importFeedKey,
  paceOf,
  periodOf,
  registryOf,
  sourcesOf,
} from "./env.ts";
import { ingest } from "./ingest/ingest.ts";
import { createCatalog } from "./source/catalog/catalog.ts";
import { type Sql, withPostgres } from "./store/postgres.ts";
import { storeBatches } from "./store/telemetry-store.ts";
import type { Batch } from "./telemetry/parse.ts";
import { receive } from "./telemetry/receive.ts";
import { readRetention } from "./upkeep/retention.ts";
import { upkeep } from "./upkeep/upkeep.ts";

/** How many batches of upkeep follow one run: seconds of work. */
const maxUpkeepBatches = 200;

let serve: ((request: Request) => Promise<Response>) | undefined;
let feedKey: Promise<FeedKey> | undefined;

export default {
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname === "/healthz") {
      return new Response("ok\n", { headers: { "cache-control": "no-store" } });
    }
    serve ??= createService(env);
    return serve(request);
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

  async queue(delivery, env): Promise<void> {
    const store = (batches: readonly Batch[], nowMs: number) =>
      withPostgres(env.DB.connectionString, (sql) => storeBatches(sql, batches, nowMs));
    const { dropped, fault } = await receive({ store, now: () => Date.now() }, delivery.messages);
    if (fault !== undefined) logFault("telemetry", fault);
    if (Object.keys(dropped).length > 0) {
      console.warn(JSON.stringify({ level: "warn", where: "telemetry", dropped }));
    }
  },
} satisfies ExportedHandler<Env>;
