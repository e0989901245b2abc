/** Pages through a list, the newest first. Pure. A token is opaque and good for its list only. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";

/** Where a page starts, and how long it is. */
export type Page = { readonly beforeSequence: number; readonly size: number };

const defaultSize = 50;

/** Reads a page request of a list. */
export function parsePage(
  list: string,
  request: { readonly pageSize: number; readonly pageToken: string },
): Result<Page, Failure> {
  const size = request.pageSize === 0 ? defaultSize : request.pageSize;
  if (request.pageToken === "") return ok({ beforeSequence: Number.MAX_SAFE_INTEGER, size });
  const text = decode(request.pageToken);
  const sequence = text?.startsWith(`${list}\n`) === true ? Number(text.slice(list.length + 1)) : 0;
  return Number.isSafeInteger(sequence) && sequence > 0
    ? ok({ beforeSequence: sequence, size })
    : refuse("PAGE_TOKEN_INVALID", "the page token is not of this list");
}

/** Writes the token of the next page; empty when `rows` was the last. */
export function nextPageToken(
  list: string,
  rows: readonly { readonly sequence: number }[],
  size: number,
): string {
  const last = rows.at(-1);
  if (last === undefined || rows.length < size || last.sequence <= 1) return "";
  return btoa(`${list}\n${last.sequence}`)
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function decode(token: string): string | undefined {
  try {
    return atob(token.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}
