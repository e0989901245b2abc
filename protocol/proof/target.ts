/**
 * Reads the URL of a request, and tells whether it is plain. Pure.
 *
 * Parsers of URLs normalise: they resolve dots, drop tabs, encode what is not allowed. A
 * target that they would change is refused, so that what was signed, what is routed and what
 * is served are one text.
 */

const plain = /^https?:\/\/[^/?#@\\]+(\/[A-Za-z0-9_.]+\/[A-Za-z0-9_]+)(\?[!-"$-~]*)?$/i;

/** Parses the URL of a request. `undefined` when it is none. */
export function parseTarget(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Whether `text` is `/package.Service/Method` of a host, and `url` is its very reading. */
export function isPlainTarget(text: string, url: URL): boolean {
  const match = plain.exec(text);
  if (match === null) return false;
  const query = match[2] === undefined || match[2] === "?" ? "" : match[2];
  return url.pathname === match[1] && url.search === query;
}
