// The vault-actor with two more doors for benchmarks: one runs the alarm's handler when asked,
// the other makes its work due again and drops what a firing left to do.
import { NotaryDO as Notary, MetavaultDO as Vault } from "vault-actor.js";

export class NotaryDO extends Notary {}

// A period of the feed: this much later, a vault asks for the snapshot before it looks.
const aPeriodMs = 60_000;

async function later(work) {
  const { now } = Date;
  Date.now = () => now() + aPeriodMs;
  try {
    await work();
  } finally {
    Date.now = now;
  }
}

export class MetavaultDO extends Vault {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/bench/tick") {
      await later(() => super.alarm());
      return new Response("ticked");
    }
    if (pathname === "/bench/reset") {
      const { sql } = this.ctx.storage;
      sql.exec("DELETE FROM job WHERE kind = 'advance'");
      sql.exec("UPDATE job SET due_ms = 0");
      sql.exec("UPDATE trigger_rule SET last_fire_ms = NULL");
      return new Response("reset");
    }
    return super.fetch(request);
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
