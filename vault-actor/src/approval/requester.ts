/** Tells whether a caller's key and a member, or two keys, are one secret. Pure. */
import { parseKeyId } from "#protocol/proof/key-id";

/**
 * Whether one secret stands behind both. An Ethereum key is its address, on whatever chain; a
 * P-256 key is its point's x: who has one of the two points with it has the other as well.
 */
export function sharesSecret(a: string, b: string): boolean {
  return a === b || secretOf(a) === secretOf(b);
}

function secretOf(id: string): string {
  const key = parseKeyId(id);
  if (key?.kind === "eip155") return key.address;
  if (key?.kind === "p256") return `p256:${key.point.slice(1).join(",")}`;
  return id;
}
