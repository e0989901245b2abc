/** The Worker's bindings, read once and typed. Refuses to start on a missing or malformed one. */
import { toBase64Url } from "#protocol/proof/base64";
import { parseKeyId } from "#protocol/proof/key-id";
import { type Publisher, readPublishers } from "./series/custom.ts";
import { createRegistry, type Registry } from "./series/registry.ts";
import type { SourceSettings, Upstream } from "./source/settings.ts";

/** The bindings as the platform gives them. See `wrangler.jsonc`. Every upstream may be absent. */
export type Env = {
  readonly DB: Hyperdrive;
  /** How often the cron runs, in milliseconds. */
  readonly PERIOD_MS: string;
  /** Base64 of an Ed25519 private key (PKCS #8). */
  readonly FEED_KEY: string;
  /** The public origins of the API that callers may sign for, separated by commas. */
  readonly ORIGINS: string;
  /** A JSON array of publishers and their series; see `series/custom.ts`. Absent: none. */
  readonly PUBLISHERS?: string;
  /** The key ids of who may read the overview, separated by commas. Absent: nobody. */
  readonly OPERATOR_KEY_IDS?: string;
  /** A JSON object of days by name; see `upkeep/retention.ts`. Absent: as usual. */
  readonly RETENTION_DAYS?: string;
  readonly COINGECKO_URL?: string;
  readonly COINGECKO_KEY?: string;
  readonly COINPAPRIKA_URL?: string;
  readonly COINPAPRIKA_KEY?: string;
  readonly PYTH_URL?: string;
  readonly PYTH_KEY?: string;
  readonly CHAINLINK_RPC_URL?: string;
  /** A JSON object: the proxies' addresses by series id. */
  readonly CHAINLINK_FEEDS?: string;
  readonly USGS_URL?: string;
  readonly GDACS_URL?: string;
  readonly POLYMARKET_GAMMA_URL?: string;
  readonly POLYMARKET_CLOB_URL?: string;
  /** The markets that are followed: condition ids, separated by commas. */
  readonly POLYMARKET_CONDITIONS?: string;
  readonly FRED_URL?: string;
  readonly FRED_KEY?: string;
  readonly RADAR_URL?: string;
  readonly RADAR_KEY?: string;
  readonly WORLD_MONITOR_URL?: string;
  readonly WORLD_MONITOR_KEY?: string;
};

/** The key that signs snapshots. */
export type FeedKey = { readonly keyId: string; readonly key: CryptoKey };

/** How often new signals are published, in milliseconds. */
export function periodOf(env: Env): number {
  const period = Number(env.PERIOD_MS);
  if (!Number.isSafeInteger(period) || period < 100) throw new Error("PERIOD_MS is malformed");
  return period;
}

/** How fast this deployment's time runs against a real one's, where the cron runs each minute. */
export function paceOf(env: Env): number {
  return periodOf(env) / 60_000;
}

/** The public origins of the API. Throws when there is none. */
export function originsOf(env: Env): ReadonlySet<string> {
  const origins = listOf(env.ORIGINS).map((origin) => new URL(origin).origin);
  if (origins.length === 0) throw new Error("ORIGINS is missing");
  return new Set(origins);
}

/** The keys of who may read the overview. Throws on a malformed one. */
export function operatorsOf(env: Env): ReadonlySet<string> {
  const keyIds = listOf(env.OPERATOR_KEY_IDS);
  if (keyIds.some((keyId) => parseKeyId(keyId) === undefined)) {
    throw new Error("OPERATOR_KEY_IDS is malformed");
  }
  return new Set(keyIds);
}

/** The publishers and their series. Throws on the first thing that is wrong with one. */
export function publishersOf(env: Env): readonly Publisher[] {
  return readPublishers(env.PUBLISHERS);
}

/** All series of this deployment. */
export function registryOf(env: Env): Registry {
  const custom = publishersOf(env).flatMap(({ series }) => series);
  return createRegistry({ pace: paceOf(env), conditions: conditionsOf(env), custom });
}

/** Where each upstream is. Throws on a malformed setting. */
export function sourcesOf(env: Env): SourceSettings {
  return {
    coingecko: upstream(env.COINGECKO_URL, env.COINGECKO_KEY),
    coinpaprika: upstream(env.COINPAPRIKA_URL, env.COINPAPRIKA_KEY),
    pyth: upstream(env.PYTH_URL, env.PYTH_KEY),
    chainlink: chainlinkOf(env),
    usgs: upstream(env.USGS_URL, undefined),
    gdacs: upstream(env.GDACS_URL, undefined),
    polymarket: polymarketOf(env),
    fred: upstream(env.FRED_URL, env.FRED_KEY),
    radar: upstream(env.RADAR_URL, env.RADAR_KEY),
    worldMonitor: upstream(env.WORLD_MONITOR_URL, env.WORLD_MONITOR_KEY),
  };
}

/** The markets of Polymarket by condition id, without `0x`. Throws on a malformed one. */
export function conditionsOf(env: Env): readonly string[] {
  return listOf(env.POLYMARKET_CONDITIONS).map((text) => {
    const id = text.replace(/^0x/, "");
    if (!/^[0-9a-f]{64}$/.test(id)) throw new Error("POLYMARKET_CONDITIONS is malformed");
    return id;
  });
}

function polymarketOf(env: Env): SourceSettings["polymarket"] {
  const { POLYMARKET_GAMMA_URL: gammaUrl, POLYMARKET_CLOB_URL: clobUrl } = env;
  const conditions = conditionsOf(env);
  if (!gammaUrl || !clobUrl || conditions.length === 0) return undefined;
  return { gammaUrl, clobUrl, conditions };
}

function chainlinkOf(env: Env): SourceSettings["chainlink"] {
  if (!env.CHAINLINK_RPC_URL || !env.CHAINLINK_FEEDS) return undefined;
  const feeds = JSON.parse(env.CHAINLINK_FEEDS) as Record<string, string>;
  for (const address of Object.values(feeds)) {
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw new Error("CHAINLINK_FEEDS is malformed");
  }
  return { url: env.CHAINLINK_RPC_URL, feeds };
}

function upstream(url: string | undefined, key: string | undefined): Upstream | undefined {
  return url ? { url, key: key === "" ? undefined : key } : undefined;
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** Imports the feed's key; afterwards it can't be read back. */
export async function importFeedKey(secret: string): Promise<FeedKey> {
  const bytes = Uint8Array.from(atob(secret), (char) => char.charCodeAt(0));
  const readable = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", true, ["sign"]);
  const jwk = (await crypto.subtle.exportKey("jwk", readable)) as JsonWebKey;
  const key = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", false, ["sign"]);
  bytes.fill(0);
  if (jwk.x === undefined) throw new Error("FEED_KEY is not an Ed25519 key");
  const publicKey = Uint8Array.from(atob(jwk.x.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
    char.charCodeAt(0),
  );
  return { keyId: `ed25519:${toBase64Url(publicKey)}`, key };
}
