/** Puts the attacker's gateway into a local stack, and tells it what to do. */
import { join } from "node:path";
import { build } from "esbuild";
import type { WireRequest } from "#protocol/exchange";
import { quote } from "../../stack/capnp.ts";
import { buildForger, forger } from "../../stack/forger.ts";
import { root } from "../../stack/instance.ts";
import type { Stack } from "../../stack/stack.ts";
import { localWorker, type WorkersOptions } from "../../stack/workerd.ts";
import { type Echo, type Order, orderHeader } from "./orders.ts";

const bundle = ".metavault/build/attack-gateway.js";

/** Bundles the gateways, which are TypeScript and use the product's own code. */
export async function buildAttackersGateways(): Promise<void> {
  await buildForger();
  await build({
    entryPoints: [join(root, "e2e/attack/gateway/worker.ts")],
    outfile: join(root, bundle),
    bundle: true,
    format: "esm",
    external: ["cloudflare:*"],
    logLevel: "error",
  });
}

/**
 * The attackers' services and sockets: the gateway on the port `direct`, and the one that puts
 * its own session keys into answers on `bench`.
 */
export const attackersGateways: NonNullable<WorkersOptions["more"]> = (ports, chains) => {
  const substituting = forger({ ...ports, direct: ports.bench }, chains);
  const body = localWorker("../build/attack-gateway.js", [
    `(name = "METAVAULT", durableObjectNamespace = (className = "MetavaultDO", serviceName = "vault-actor"))`,
    `(name = "VAULT_ACTOR", service = "vault-actor")`,
    `(name = "ORIGIN", text = ${quote(`http://127.0.0.1:${ports.gateway}`)})`,
  ]);
  const name = "attackers-gateway";
  return {
    services: [{ name, body }, ...substituting.services],
    sockets: [
      { name, port: ports.direct, service: name },
      // Whoever holds the gateway reaches what is behind it.
      { name: "signals", port: ports.signals, service: "signals-service" },
      ...substituting.sockets,
    ],
  };
};

/** Sends a caller's request to the attacker's gateway, which does with it as ordered. */
export async function handOver(
  stack: Stack,
  request: WireRequest,
  order: Exclude<Order, { do: "forge" }>,
): Promise<readonly Echo[]> {
  const response = await sendTo(stack, request, order);
  if (response.status !== 200) throw new Error(`the gateway failed: ${await response.text()}`);
  return (await response.json()) as Echo[];
}

/** The same, for what answers as a gateway answers. */
export function sendTo(stack: Stack, request: WireRequest, order: Order): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set(orderHeader, JSON.stringify(order));
  const { pathname, search } = new URL(request.url);
  const url = `http://127.0.0.1:${stack.ports.direct}${pathname}${search}`;
  return fetch(url, { method: request.method, headers, body: request.body });
}
