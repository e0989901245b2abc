// The floors: the least that a Worker, an object, and an object with one write cost here.
import { DurableObject } from "cloudflare:workers";

export class Floor extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS n (id INTEGER PRIMARY KEY, v INTEGER)");
  }

  fetch(request) {
    if (new URL(request.url).pathname === "/write") {
      this.ctx.storage.sql.exec(
        "INSERT INTO n (id, v) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET v = v + 1",
      );
    }
    return new Response("hello");
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/hello") return new Response("hello");
    const body = await request.arrayBuffer();
    const onward = new Request(request.url, { method: "POST", headers: request.headers, body });
    return env.FLOOR.getByName("floor").fetch(onward);
  },
};
