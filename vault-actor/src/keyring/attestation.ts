/**
 * Holds the deployment's attestation key, which vouches for what is a vault's.
 *
 * Non-extractable: the platform's own key binding where there is one, or imported once from a
 * secret. Its public half can't be read from such a key, so its id is configured beside it,
 * and a pair that does not belong together is refused.
 */
import type { Attestation } from "#protocol/certificate/issue";
import { parseKeyId } from "#protocol/proof/key-id";

/** Imports an attestation key from PKCS #8 bytes, which are wiped. */
export async function importAttestationKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  pkcs8.fill(0);
  return key;
}

/** Pairs the key with its id. Throws unless what the key signs verifies under the id. */
export async function pairAttestation(key: CryptoKey, keyId: string): Promise<Attestation> {
  const parsed = parseKeyId(keyId);
  if (parsed?.kind !== "ed25519") throw new Error("ATTESTATION_KEY_ID is malformed");
  const { publicKey } = parsed;
  const verifier = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  const probe = crypto.getRandomValues(new Uint8Array(32));
  const signature = await crypto.subtle.sign("Ed25519", key, probe);
  const belongs = await crypto.subtle.verify("Ed25519", verifier, signature, probe);
  if (!belongs) throw new Error("ATTESTATION_KEY and ATTESTATION_KEY_ID are not one key");
  return { keyId, key };
}
