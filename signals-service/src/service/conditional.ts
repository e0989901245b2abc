/**
 * Gives the answers that caches may keep a strong validator, and answers who has them already
 * without their bodies (RFC 9110, sections 8.8.3 and 13.1.2).
 */
import type { WireResponse } from "#protocol/exchange";
import { toBase64Url } from "#protocol/proof/base64";

/** The longest list of tags that is looked at, in characters. */
const maxListLength = 4096;

/** Completes the answer to a read by GET. What no cache may keep is returned as it is. */
export async function conditional(
  answer: WireResponse,
  ifNoneMatch: string | null,
): Promise<WireResponse> {
  const { status, headers, body } = answer;
  const isKept = status === 200 && headers.get("cache-control")?.startsWith("public") === true;
  if (!isKept || body instanceof ReadableStream) return answer;
  const etag = await tagOf(headers.get("content-type") ?? "", body);
  const tagged = new Headers(headers);
  tagged.set("etag", etag);
  if (!has(ifNoneMatch, etag)) return { status, headers: tagged, body };
  for (const name of ["content-type", "content-length"]) tagged.delete(name);
  return { status: 304, headers: tagged, body: new Uint8Array() };
}

/** The tag of one representation: the same content in another format has another. */
async function tagOf(contentType: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const prefix = new TextEncoder().encode(`${contentType}\0`);
  const bytes = new Uint8Array(prefix.length + body.length);
  bytes.set(prefix);
  bytes.set(body, prefix.length);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `"${toBase64Url(digest)}"`;
}

/** Whether a list names the tag. Compared weakly: what compresses on the way weakens tags. */
function has(list: string | null, etag: string): boolean {
  if (list === null || list.length > maxListLength) return false;
  if (list.trim() === "*") return true;
  return list.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}
