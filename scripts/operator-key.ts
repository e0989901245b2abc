/** Reads an operator's key: base64 of an Ed25519 private key (PKCS #8), as `npm run secrets` makes. */
import { type Signer, webCryptoSigner } from "#protocol/proof/signer";

/** The signer of such a key. Throws when it is none. */
export async function signerOf(text: string): Promise<Signer> {
  const bytes = new Uint8Array(Buffer.from(text.trim(), "base64"));
  const readable = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", true, ["sign"]);
  const { kty, crv, x } = (await crypto.subtle.exportKey("jwk", readable)) as JsonWebKey;
  const open = { kty, crv, x } as JsonWebKey;
  const publicKey = await crypto.subtle.importKey("jwk", open, "Ed25519", true, ["verify"]);
  return webCryptoSigner({ privateKey: readable, publicKey });
}
