/** A passkey of the tests: answers as a browser with an authenticator does. */
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type MemberSigner, passkeyMember } from "#client/member";
import { toBase64Url } from "#protocol/proof/base64";
import { formatP256KeyId } from "#protocol/proof/key-id";

/** Where the tests' passkeys are used. */
export const passkeyOrigin = "https://app.metavault.example";

/** Makes a passkey. `flags` are those of the authenticator data: 5 is present and verified. */
export function makePasskey(options: { origin?: string; flags?: number } = {}): MemberSigner {
  const { origin = passkeyOrigin, flags = 5 } = options;
  const secret = p256.utils.randomSecretKey();
  const utf8 = (text: string) => new TextEncoder().encode(text);
  return passkeyMember(formatP256KeyId(p256.getPublicKey(secret, false)), async (challenge) => {
    const data = { type: "webauthn.get", challenge: toBase64Url(challenge), origin };
    const clientDataJSON = utf8(JSON.stringify({ ...data, crossOrigin: false }));
    const authenticatorData = new Uint8Array([
      ...sha256(utf8("metavault.example")),
      flags,
      0,
      0,
      0,
      0,
    ]);
    const signed = new Uint8Array([...authenticatorData, ...sha256(clientDataJSON)]);
    const signature = new Uint8Array(p256.sign(signed, secret, { format: "der", lowS: false }));
    return {
      authenticatorData: authenticatorData.buffer,
      clientDataJSON: new Uint8Array(clientDataJSON).buffer,
      signature: signature.buffer,
    };
  });
}
