/**
 * The floors: the least that a Worker, an object, and an object with one write cost here. And
 * the verification of a caller proof and the decision of a policy by themselves, in a Worker that
 * does nothing else.
 */
import { DurableObject } from "cloudflare:workers";
import { verifyRequest } from "#protocol/proof/verify";
import { decide } from "../../../vault-actor/src/policy/decide.ts";
import { inputOf, largePolicy, operationOf } from "../large-policy.ts";

type Env = { readonly FLOOR: DurableObjectNamespace };

const everyMs = 1000;

export class Floor extends DurableObject<Env> {
  #late: number[] = [];
  #nextMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS n (id INTEGER PRIMARY KEY, v INTEGER)");
  }

  override fetch(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (pathname === "/alarms/start") this.#armAt(Date.now() + everyMs);
    if (pathname === "/alarms/stop") {
      void this.ctx.storage.deleteAlarm();
      return Response.json(this.#late);
    }
    if (pathname === "/write") {
      this.ctx.storage.sql.exec(
        "INSERT INTO n (id, v) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET v = v + 1",
      );
    }
    return Response.json("hello");
  }

  override alarm(): void {
    this.#late.push(Date.now() - this.#nextMs);
    this.#armAt(this.#nextMs + everyMs);
  }

  #armAt(atMs: number): void {
    this.#nextMs = atMs;
    void this.ctx.storage.setAlarm(atMs);
  }
}

export default {
  async fetch(request: Request, env: Env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/hello") return new Response("hello");
    if (pathname === "/decide") return decided(Number(request.headers.get("bench-times")));
    const body = await request.arrayBuffer();
    if (request.headers.has("signature")) return verified(request, new Uint8Array(body));
    const onward = new Request(request.url, { method: "POST", headers: request.headers, body });
    return env.FLOOR.getByName(searchParams.get("object") ?? "floor").fetch(onward);
  },
};

async function verified(request: Request, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  const { method, url, headers } = request;
  const origins = new Set([new URL(url).origin]);
  const wire = { method, url, headers, body };
  for (let left = Number(headers.get("bench-times") ?? 1); left > 0; left--) {
    const proof = await verifyRequest(wire, { origins, nowMs: Date.now() });
    if (!proof.ok) return new Response(proof.error, { status: 401 });
  }
  return new Response("ok");
}

const policy = largePolicy();
const operation = operationOf(policy);
const input = inputOf(policy);

function decided(times: number): Response {
  for (let left = times; left > 0; left--) {
    const { ok } = decide(operation, { ...input, spends: [...input.spends] });
    if (!ok) return new Response("refused", { status: 500 });
  }
  return new Response("ok");
}
