/** Reads a passkey's key id the way an account stores the passkey: as a point on P-256. */
import { p256 } from "@noble/curves/nist.js";
import { parseKeyId } from "../proof/key-id.ts";
import type { HybridPasskey } from "./hybrid-account.ts";

/**
 * Takes `p256:…` and the credential's id that the account knows the passkey by. `undefined`
 * when the key id is malformed or no point on the curve.
 */
export function hybridPasskey(p256KeyId: string, credentialId: string): HybridPasskey | undefined {
  const key = parseKeyId(p256KeyId);
  if (key?.kind !== "p256") return undefined;
  try {
    const { x, y } = p256.Point.fromBytes(key.point).toAffine();
    return { keyId: credentialId, x, y };
  } catch {
    return undefined;
  }
}
