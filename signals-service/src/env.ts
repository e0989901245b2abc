/** The Worker's bindings, read once and typed. Refuses to start on a missing or malformed one. */
import { toBase64Url } from "#protocol/proof/base64";

/** The bindings as the platform gives them. See `wrangler.jsonc`. */
export type Env = {
  readonly DB: Hyperdrive;
  /** How often the cron runs, in milliseconds. */
  readonly PERIOD_MS: string;
  readonly COINGECKO_URL: string;
  readonly WORLD_MONITOR_URL: string;
  readonly USGS_URL: string;
  /** Base64 of an Ed25519 private key (PKCS #8). */
  readonly FEED_KEY: string;
  readonly COINGECKO_KEY?: string;
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
