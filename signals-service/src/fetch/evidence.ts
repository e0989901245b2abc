/** Names what a value rests on. */

/**
 * The evidence hash of raw answers, 32 bytes: of one, its own hash; of several, the SHA-256 of
 * their hashes in the given order.
 */
export async function evidenceOf(
  hashes: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer>> {
  const [first] = hashes;
  if (hashes.length === 1 && first !== undefined) return first;
  const joined = new Uint8Array(hashes.length * 32);
  for (const [index, hash] of hashes.entries()) joined.set(hash, index * 32);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}
