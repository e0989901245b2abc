/** Pages through a list. A token is opaque and good for its list only. */
import { toConnectError } from "#protocol/errors";
import { fromBase64Url, toBase64Url } from "#protocol/proof/base64";

/** What a number of a position looks like. */
export const numeric = /^[0-9]{1,19}$/;

/** The size of a page. */
export function sizeOf(pageSize: number): number {
  return pageSize === 0 ? 50 : pageSize;
}

/** Writes the token of the next page: where the list goes on. */
export function writeToken(list: string, position: readonly string[]): string {
  return toBase64Url(new TextEncoder().encode([list, ...position].join("\n")));
}

/**
 * Reads a token of `list`, whose positions are made of `parts`. `undefined` for the first page.
 * Throws the typed refusal.
 */
export function readToken(
  list: string,
  token: string,
  parts: readonly RegExp[],
): readonly string[] | undefined {
  if (token === "") return undefined;
  const bytes = fromBase64Url(token);
  const [of, ...position] = bytes === undefined ? [] : new TextDecoder().decode(bytes).split("\n");
  const fits =
    position.length === parts.length && parts.every((part, i) => part.test(position[i] ?? ""));
  if (of === list && fits) return position;
  const detail = "the page token is not of this list";
  throw toConnectError({ reason: "PAGE_TOKEN_INVALID", detail, metadata: {} }, "SIGNALS");
}
