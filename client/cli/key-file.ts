/** Reads a caller's private key from a PEM file, as openssl writes it: Ed25519 or P-256. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Signer, webCryptoSigner } from "#protocol/proof/signer";

/** Reads the key. Throws with a sentence when it can't be read or is of another kind. */
export async function readKeyFile(path: string): Promise<Signer> {
  const secret = createPrivateKey(readFileSync(path));
  const isEd25519 = secret.asymmetricKeyType === "ed25519";
  const curve = secret.asymmetricKeyDetails?.namedCurve;
  if (!isEd25519 && curve !== "prime256v1") {
    throw new Error(`${path} is not an Ed25519 or P-256 key`);
  }
  const algorithm = isEd25519 ? "Ed25519" : { name: "ECDSA", namedCurve: "P-256" };
  const open = createPublicKey(secret).export({ format: "jwk" });
  const { subtle } = crypto;
  return webCryptoSigner({
    privateKey: await subtle.importKey(
      "jwk",
      secret.export({ format: "jwk" }) as JsonWebKey,
      algorithm,
      false,
      ["sign"],
    ),
    publicKey: await subtle.importKey("jwk", open as JsonWebKey, algorithm, true, ["verify"]),
  });
}
