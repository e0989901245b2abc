/**
 * Tells whether a host can be one of the public internet's, by its name. Pure.
 *
 * A name says nothing about the address behind it. What keeps a webhook out of private networks
 * is that a Worker's `fetch` has no way into any, whatever a name resolves to; to resolve it
 * before would only tell what it was a moment ago.
 */

/** Names that never leave a machine or its network (RFC 6761, 6762, 7686, 8375 and ICANN). */
const local = new Set(["localhost", "local", "internal", "onion", "test", "invalid"]);
const localSuffixes = [".home.arpa", ".in-addr.arpa", ".ip6.arpa"];

/** As in the policy's `webhook_hosts`: a top-level label that begins with a letter is no address. */
const pattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a lowercase DNS name has two labels at least and is not kept for local use. */
export function isPublicHost(host: string): boolean {
  if (host.length > 253 || !pattern.test(host)) return false;
  const top = host.slice(host.lastIndexOf(".") + 1);
  return !local.has(top) && !localSuffixes.some((suffix) => `.${host}`.endsWith(suffix));
}
