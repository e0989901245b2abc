/** The `Content-Digest` of a body (RFC 9530), SHA-256 only. */
import { toBase64 } from "./base64.ts";

/** Computes the one field value that the profile accepts for a body. */
export async function contentDigest(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return `sha-256=:${toBase64(hash)}:`;
}
