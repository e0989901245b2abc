// The vault-actor with more doors for benchmarks: to run the alarm's handler when asked, to make
// a look at the world due and drop what a firing left to do, to end the object's life, to leave
// room for another trigger, and to have a vault tell nothing of its work from then on.
import { NotaryDO as Notary, MetavaultDO as Vault } from "vault-actor.js";

export class NotaryDO extends Notary {}

// A period of the feed: this much later, a vault asks for the snapshot before it looks.
const aPeriodMs = 60_000;
const almostFull = 990;

async function later(work) {
  const { now } = Date;
  Date.now = () => now() + aPeriodMs;
  try {
    await work();
  } finally {
    Date.now = now;
  }
}

let resets = 0;

export class MetavaultDO extends Vault {
  constructor(ctx, env) {
    const hushed = ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'bench_hushed'");
    super(ctx, hushed.toArray().length > 0 ? { ...env, TELEMETRY: undefined } : env);
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    const { sql } = this.ctx.storage;
    switch (pathname) {
      case "/bench/tick":
        await later(() => super.alarm({ retryCount: 0, isRetry: false }));
        return new Response("ticked");
      case "/bench/reset":
        sql.exec("DELETE FROM job WHERE kind = 'advance'");
        // Each time another, so that what the scheduler knows of the job is void.
        sql.exec("UPDATE job SET due_ms = ? WHERE kind = 'watch'", ++resets);
        sql.exec("UPDATE trigger_rule SET last_fire_ms = NULL WHERE last_fire_ms IS NOT NULL");
        return new Response("reset");
      case "/bench/evict":
        // After the answer is out.
        setTimeout(() => this.ctx.abort("evicted"));
        return new Response("evicted");
      case "/bench/hush":
        sql.exec("CREATE TABLE bench_hushed (id INTEGER)");
        setTimeout(() => this.ctx.abort("hushed"));
        return new Response("hushed");
      case "/bench/trim":
        sql.exec(
          `DELETE FROM trigger_rule WHERE trigger_id IN (
             SELECT trigger_id FROM trigger_rule ORDER BY sequence DESC LIMIT
               max(0, (SELECT count(*) FROM trigger_rule) - ${almostFull}))`,
        );
        return new Response("trimmed");
      default:
        return super.fetch(request);
    }
  }
}

// The way in to those doors: no gateway would route there.
export default {
  async fetch(request, env) {
    const body = await request.arrayBuffer();
    const onward = new Request(request.url, { method: "POST", headers: request.headers, body });
    return env.METAVAULT.getByName(request.headers.get("metavault-id")).fetch(onward);
  },
};
