/**
 * The Worker that holds the vaults. Its objects are reached through the gateway's binding;
 * the Worker's own address serves nothing but its health.
 */
import type { Env } from "./env.ts";

export { MetavaultDO } from "./metavault.ts";

export default {
  fetch(request: Request): Response {
    if (new URL(request.url).pathname === "/healthz") return new Response("ok\n");
    return new Response("vaults are reached through the gateway\n", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
