/** The Worker's bindings, read once and typed. It holds no secret. */

/** The bindings as the platform gives them. See `wrangler.jsonc`. */
export type Env = {
  readonly METAVAULT: DurableObjectNamespace;
  readonly SIGNALS: Fetcher;
  readonly LIMITER: RateLimit;
  /** The public origins of the API that callers may sign for, separated by commas. */
  readonly ORIGINS: string;
  /** The web origins that browsers may call from, separated by commas; `*` is every one. */
  readonly CORS_ORIGINS: string;
};

/** The settings of the gateway. */
export type Settings = {
  readonly origins: ReadonlySet<string>;
  readonly corsOrigins: ReadonlySet<string>;
};

/** Parses the bindings. */
export function settingsOf(env: Env): Settings {
  const list = (text: string) => text.split(",").map((item) => item.trim());
  if (!env.ORIGINS || !env.CORS_ORIGINS) throw new Error("ORIGINS or CORS_ORIGINS is missing");
  return {
    origins: new Set(list(env.ORIGINS).map((origin) => new URL(origin).origin)),
    corsOrigins: new Set(list(env.CORS_ORIGINS)),
  };
}
