/**
 * The Worker that publishes signals: a cron that ingests, and SignalService for everybody.
 */
import { createService } from "./create-service.ts";
import { type Env, type FeedKey, importFeedKey, periodOf, registryOf, sourcesOf } from "./env.ts";
import { ingest } from "./ingest/ingest.ts";
import { createCatalog } from "./source/catalog/catalog.ts";
import { withPostgres } from "./store/postgres.ts";

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
      sources: createCatalog(sourcesOf(env)).flatMap((one) => (one.on ? one.source : [])),
      registry: registryOf(env),
      fetch: (url: string, init: RequestInit) => fetch(url, init),
      now: () => Date.now(),
      feedKey: await feedKey,
      periodMs: periodOf(env),
    };
    const report = await withPostgres(env.DB.connectionString, (sql) => ingest(deps, sql));
    if (report.failed.length > 0) {
      console.warn(JSON.stringify({ level: "warn", where: "ingest", failed: report.failed }));
    }
  },
} satisfies ExportedHandler<Env>;
