/** The Worker in front: screening, CORS, rate limits, and bytes passed on untouched. */
import { preflight, withCors } from "#protocol/cors";
import { logFault } from "#protocol/log";
import { dispatch } from "./dispatch.ts";
import { type Env, type Settings, settingsOf } from "./env.ts";

let settings: Settings | undefined;

export default {
  async fetch(request, env): Promise<Response> {
    settings ??= settingsOf(env);
    if (new URL(request.url).pathname === "/healthz") return new Response("ok\n");
    const { origins, corsOrigins } = settings;
    const allowed = preflight(request, corsOrigins, "GET, POST");
    if (allowed !== undefined) return allowed;
    const response = await dispatch(
      {
        origins,
        vault: (vaultId, onward) => env.METAVAULT.getByName(vaultId).fetch(onward),
        signals: (onward) => env.SIGNALS.fetch(onward),
        admit: async (who) => (await env.LIMITER.limit({ key: who })).success,
        now: () => Date.now(),
        after: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        onFault: (fault) => logFault("dispatch", fault),
      },
      request,
    );
    return withCors(response, request, corsOrigins);
  },
} satisfies ExportedHandler<Env>;
