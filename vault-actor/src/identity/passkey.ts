/** Checks a passkey's proof. Pure but for Web Cryptography. */
import { type RelyingParty, verifyAssertion } from "#protocol/proof/webauthn";
import type { CheckProof } from "./proof.ts";

/**
 * Creates the check of passkeys that are used where `relyingParty` says. Where it allows no
 * origin, passkeys are not served.
 */
export function checkPasskeys(relyingParty: RelyingParty): CheckProof {
  return async (proof, member, digest) => {
    if (relyingParty.origins.size === 0) return "unsupported";
    if (member.kind !== "WEBAUTHN" || proof.kind !== "webauthn") return "invalid";
    const expected = { ...relyingParty, keyId: member.id, challenge: digest };
    const verified = await verifyAssertion(proof, expected);
    return verified.ok ? "valid" : "invalid";
  };
}

/**
 * Parses where passkeys may be used: origins and relying party ids, each separated by commas;
 * both empty means nowhere. An origin is `https://…`, `http://localhost…` or an app's
 * `android:apk-key-hash:…`. Throws on what no browser would report.
 */
export function parseRelyingParty(origins: string, rpIds: string): RelyingParty {
  const ids = list(rpIds);
  const allowed = list(origins);
  if (allowed.length === 0 && ids.length > 0) throw new Error("passkeys need an origin");
  if (allowed.length > 0 && ids.length === 0) throw new Error("passkeys need a relying party id");
  for (const origin of allowed) {
    if (/^android:apk-key-hash:[A-Za-z0-9_-]{43}$/.test(origin)) continue;
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    const secure = url?.protocol === "https:" || url?.hostname === "localhost";
    if (url?.origin !== origin || !secure) throw new Error(`malformed passkey origin ${origin}`);
    const { hostname } = url;
    if (!ids.some((id) => hostname === id || hostname.endsWith(`.${id}`))) {
      throw new Error(`no relying party id covers the passkey origin ${origin}`);
    }
  }
  return { origins: new Set(allowed), rpIds: new Set(ids) };
}

function list(text: string): readonly string[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "");
}
