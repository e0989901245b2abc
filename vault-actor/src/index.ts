/** The Worker that holds the vaults, and their second way in. */

import { logFault } from "#protocol/log";
import { type Env, originsOf } from "./env.ts";
import { enter } from "./ingress.ts";

export { MetavaultDO } from "./metavault.ts";
export { NotaryDO } from "./notary-object.ts";

let origins: ReadonlySet<string> | undefined;

export default {
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname === "/healthz") return new Response("ok\n");
    origins ??= originsOf(env);
    return enter(
      {
        origins,
        vault: (vaultId, onward) => env.METAVAULT.getByName(vaultId).fetch(onward),
        admit: async (keyId) => (await env.LIMITER.limit({ key: `key:${keyId}` })).success,
        now: () => Date.now(),
        onFault: (fault) => logFault("ingress", fault),
      },
      request,
    );
  },
} satisfies ExportedHandler<Env>;
