// Stands in for the platform's queue, as workerd's queue binding speaks to one: keeps each message
// on disk until its consumer has taken it, delivers in batches and again after a failure, and puts
// aside what failed too often. For tests it can be told to deliver twice, and how it fares.
import { DurableObject } from "cloudflare:workers";

const queue = "metavault-telemetry";
const maxBatch = 100;
const maxAttempts = 100;
const gatherMs = 100;
const retryMs = 500;

export class Queue extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(`CREATE TABLE IF NOT EXISTS message (
      id TEXT PRIMARY KEY, at_ms INTEGER, format TEXT, body BLOB, due_ms INTEGER,
      attempts INTEGER DEFAULT 0, taken INTEGER DEFAULT 0, dead INTEGER DEFAULT 0)`);
    this.sql.exec("CREATE TABLE IF NOT EXISTS setting (id INTEGER PRIMARY KEY, times INTEGER)");
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/message":
        await this.#keep(request.headers.get("x-msg-fmt"), await request.arrayBuffer());
        return Response.json({ metadata: { metrics: this.#metrics() } });
      case "/batch": {
        const { messages } = await request.json();
        for (const { contentType, body } of messages) {
          await this.#keep(
            contentType,
            Uint8Array.from(atob(body), (char) => char.charCodeAt(0)),
          );
        }
        return Response.json({ metadata: { metrics: this.#metrics() } });
      }
      case "/times": {
        // How often each message is delivered, when nothing fails.
        this.sql.exec("INSERT OR REPLACE INTO setting VALUES (1, ?)", Number(await request.text()));
        return new Response("ok");
      }
      case "/messages":
        return Response.json(this.#all().map(({ body, ...m }) => ({ ...m, body: text64(body) })));
      default:
        return new Response("no such path", { status: 404 });
    }
  }

  async alarm() {
    const due = this.sql
      .exec(
        `SELECT * FROM message WHERE due_ms <= ? AND dead = 0 AND taken < ? ORDER BY at_ms LIMIT ?`,
        Date.now(),
        this.#times(),
        maxBatch,
      )
      .toArray();
    if (due.length > 0) await this.#deliver(due);
    await this.#arm();
  }

  async #deliver(due) {
    const messages = due.map(({ id, at_ms, format, body, attempts }) => ({
      id,
      timestamp: new Date(at_ms),
      attempts: attempts + 1,
      ...contentOf(format, body),
    }));
    let result;
    try {
      result = await this.env.CONSUMER.queue(queue, messages);
    } catch {
      result = { outcome: "exception" };
    }
    const again = new Set(result.retryMessages?.map(({ msgId }) => msgId));
    const all = result.outcome !== "ok" || result.retryBatch?.retry === true;
    for (const { id } of due) {
      const failed = all || again.has(id);
      this.sql.exec(
        `UPDATE message SET attempts = attempts + 1, taken = taken + ?, due_ms = ?,
           dead = attempts + 1 >= ? AND ? WHERE id = ?`,
        failed ? 0 : 1,
        Date.now() + (failed ? retryMs : 0),
        maxAttempts,
        failed ? 1 : 0,
        id,
      );
    }
  }

  async #keep(format, body) {
    const id = crypto.randomUUID();
    const now = Date.now();
    this.sql.exec(
      "INSERT INTO message (id, at_ms, format, body, due_ms) VALUES (?, ?, ?, ?, ?)",
      id,
      now,
      format ?? "v8",
      body,
      now + gatherMs,
    );
    // The last hundred that were taken are kept to be looked at.
    this.sql.exec(
      `DELETE FROM message WHERE taken >= ? AND id NOT IN (
         SELECT id FROM message WHERE taken > 0 ORDER BY at_ms DESC LIMIT 100)`,
      this.#times(),
    );
    await this.#arm();
  }

  async #arm() {
    const [{ next }] = this.sql
      .exec("SELECT min(due_ms) AS next FROM message WHERE dead = 0 AND taken < ?", this.#times())
      .toArray();
    if (next !== null) await this.ctx.storage.setAlarm(Math.max(next, Date.now() + 1));
  }

  #times() {
    return this.sql.exec("SELECT times FROM setting").toArray()[0]?.times ?? 1;
  }

  #all() {
    return this.sql.exec("SELECT * FROM message ORDER BY at_ms").toArray();
  }

  #metrics() {
    const waiting = this.#all().filter(({ taken, dead }) => taken === 0 && dead === 0);
    return {
      backlogCount: waiting.length,
      backlogBytes: waiting.reduce((sum, { body }) => sum + body.byteLength, 0),
      oldestMessageTimestamp: waiting[0]?.at_ms ?? 0,
    };
  }
}

function contentOf(format, body) {
  switch (format) {
    case "bytes":
      return { body };
    case "text":
      return { body: new TextDecoder().decode(body) };
    case "json":
      return { body: JSON.parse(new TextDecoder().decode(body)) };
    default:
      return { serializedBody: body };
  }
}

function text64(body) {
  return btoa(String.fromCharCode(...new Uint8Array(body)));
}

export default {
  fetch(request, env) {
    return env.QUEUE.getByName(queue).fetch(request);
  },
};
