/**
 * A gateway in the hands of an attacker, in the real one's place and with its bindings.
 *
 * It gets the caller's signed requests as the real one does, and does with them as it is told.
 */
import type { WireRequest } from "#protocol/exchange";
import { toBase64 } from "#protocol/proof/base64";
import { alterations } from "./alterations.ts";
import { forgeAnswer } from "./forgeries.ts";
import { type Echo, type Order, orderHeader } from "./orders.ts";

type Env = {
  readonly METAVAULT: DurableObjectNamespace;
  readonly VAULT_ACTOR: Fetcher;
  /** The origin that callers sign for. */
  readonly ORIGIN: string;
};

const patienceMs = 10_000;
/** How long a stream may say nothing before it is taken for alive. */
const idleMs = 150;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const order = JSON.parse(request.headers.get(orderHeader) ?? '{"do":"pass"}') as Order;
    const captured = await capture(request, env.ORIGIN);
    switch (order.do) {
      case "alter": {
        const echoes: Echo[] = [];
        for (const { name, spoil, kind } of alterations) {
          if (kind !== order.kind) continue;
          const spoiled = await spoil(captured, order.loot);
          if (isSame(captured, spoiled)) throw new Error(`${name} alters nothing`);
          echoes.push(await attempt(name, () => toVault(env, spoiled, vaultOf(captured))));
        }
        return Response.json(echoes);
      }
      case "pass": {
        const object = order.object ?? vaultOf(captured);
        const copies = Array.from({ length: order.copies }, (_, i) =>
          attempt(`copy ${i + 1}`, () => toVault(env, captured, object)),
        );
        return Response.json(await Promise.all(copies));
      }
      case "forge":
        return forgeAnswer(order.forgery, captured, () =>
          toVault(env, captured, vaultOf(captured)),
        );
      case "call": {
        const stub = env.METAVAULT.getByName(order.object);
        const echoes: Echo[] = [];
        for (const name of order.names) {
          echoes.push(await attempt(`object.${name}`, () => call(stub, name)));
          echoes.push(await attempt(`worker.${name}`, () => call(env.VAULT_ACTOR, name)));
        }
        return Response.json(echoes);
      }
    }
  },
};

/** The request as the caller signed it, for the origin that it believes in. */
async function capture(request: Request, origin: string): Promise<WireRequest> {
  const url = new URL(request.url);
  const honest = new URL(origin);
  url.protocol = honest.protocol;
  url.host = honest.host;
  const headers = new Headers(request.headers);
  headers.delete(orderHeader);
  const body = new Uint8Array(await request.arrayBuffer());
  return { method: request.method, url: url.href, headers, body };
}

/** An attack that changes nothing would be no attack. */
function isSame(a: WireRequest, b: WireRequest): boolean {
  const text = ({ method, url, headers, body }: WireRequest) =>
    JSON.stringify([method, url, [...headers], toBase64(body)]);
  return text(a) === text(b);
}

function vaultOf(request: WireRequest): string {
  return request.headers.get("metavault-id") ?? "";
}

function toVault(env: Env, { method, url, headers, body }: WireRequest, object: string) {
  return env.METAVAULT.getByName(object).fetch(new Request(url, { method, headers, body }));
}

/** Calls a method over RPC. Whatever it gives is a success of the attacker. */
async function call(target: unknown, name: string): Promise<Response> {
  const method = (target as Record<string, (...args: unknown[]) => Promise<unknown>>)[name];
  if (typeof method !== "function") throw new TypeError(`${name} is no method`);
  const given = await method.call(target, "SELECT * FROM secret");
  return Response.json({ given: String(given) });
}

async function attempt(name: string, act: () => Promise<Response>): Promise<Echo> {
  const late = new Promise<"hung">((resolve) => setTimeout(() => resolve("hung"), patienceMs));
  try {
    const heard = await Promise.race([act().then((answer) => hear(answer)), late]);
    return heard === "hung" ? { name, threw: heard } : { name, answer: heard };
  } catch (fault) {
    return { name, threw: fault instanceof Error ? `${fault.name}: ${fault.message}` : "" };
  }
}

/** Reads an answer to its end; of a stream that lives what it says at first. */
async function hear(answer: Response) {
  const chunks: Uint8Array[] = [];
  const reader = answer.body?.getReader();
  // Only a whole answer has a digest.
  const waitMs = answer.headers.has("content-digest") ? patienceMs : idleMs;
  for (let open = reader !== undefined; open; ) {
    const idle = new Promise<undefined>((resolve) => setTimeout(resolve, waitMs, undefined));
    const piece = await Promise.race([reader?.read(), idle]);
    if (piece?.value !== undefined) chunks.push(piece.value);
    open = piece !== undefined && !piece.done;
  }
  await reader?.cancel().catch(() => undefined);
  return { status: answer.status, headers: [...answer.headers], body: toBase64(concat(chunks)) };
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
