/**
 * Verifies a passkey's assertion over a challenge (WebAuthn Level 3, section 7.2).
 *
 * Pure but for Web Cryptography. The public key and the allowed origins come from the verifier,
 * never from the assertion. Only ES256; user presence and user verification are required; the
 * signature counter tells nothing for a synced passkey and is not looked at. Never throws on
 * hostile input.
 */
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { err, ok, type Result } from "../result.ts";
import { checkSignature } from "./algorithm.ts";
import { toBase64Url } from "./base64.ts";

/** What an authenticator and its browser hand over. */
export type Assertion = {
  /** 37 to 1,024 bytes. */
  readonly authenticatorData: Uint8Array<ArrayBuffer>;
  /** UTF-8 JSON, at most 2,048 bytes. */
  readonly clientDataJson: Uint8Array<ArrayBuffer>;
  /** ASN.1 DER, 8 to 80 bytes. */
  readonly signature: Uint8Array<ArrayBuffer>;
};

/** Where passkeys of this deployment may be used. */
export type RelyingParty = {
  /** The allowed origins, each exactly as a browser spells it. */
  readonly origins: ReadonlySet<string>;
  /** The allowed relying party ids. */
  readonly rpIds: ReadonlySet<string>;
};

/** The rule that an assertion breaks. */
export type AssertionRefusal =
  | "size"
  | "client_data"
  | "type"
  | "challenge"
  | "origin"
  | "cross_origin"
  | "rp_id"
  | "user_presence"
  | "user_verification"
  | "flags"
  | "signature_format"
  | "signature";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The bits of the authenticator data's flags (section 6.1). */
const flag = {
  userPresent: 1,
  userVerified: 4,
  backupEligible: 8,
  backedUp: 16,
  attested: 64,
  extended: 128,
} as const;

/** Checks an assertion by the P-256 key that `keyId` (`p256:…`) carries, over `challenge`. */
export async function verifyAssertion(
  assertion: Assertion,
  expected: { readonly keyId: string; readonly challenge: Uint8Array } & RelyingParty,
): Promise<Result<void, AssertionRefusal>> {
  const { authenticatorData, clientDataJson } = assertion;
  if (!isSized(assertion)) return err("size");
  const refusal =
    checkClientData(clientDataJson, expected) ??
    checkAuthenticatorData(authenticatorData, expected.rpIds);
  if (refusal !== undefined) return err(refusal);
  const signature = fromDer(assertion.signature);
  if (signature === undefined) return err("signature_format");
  const signed = new Uint8Array(authenticatorData.length + 32);
  signed.set(authenticatorData);
  signed.set(sha256(clientDataJson), authenticatorData.length);
  const holds =
    expected.keyId.startsWith("p256:") && (await checkSignature(expected.keyId, signature, signed));
  return holds ? ok(undefined) : err("signature");
}

function isSized({ authenticatorData, clientDataJson, signature }: Assertion): boolean {
  return (
    authenticatorData.length >= 37 &&
    authenticatorData.length <= 1024 &&
    clientDataJson.length >= 1 &&
    clientDataJson.length <= 2048 &&
    signature.length >= 8 &&
    signature.length <= 80
  );
}

function checkClientData(
  json: Uint8Array,
  expected: { readonly challenge: Uint8Array; readonly origins: ReadonlySet<string> },
): AssertionRefusal | undefined {
  const data = parseObject(json);
  if (data === undefined) return "client_data";
  const { type, challenge, origin, crossOrigin } = data;
  if (type !== "webauthn.get") return "type";
  if (challenge !== toBase64Url(expected.challenge)) return "challenge";
  if (typeof origin !== "string" || !expected.origins.has(origin)) return "origin";
  // A top origin is named in frames of another origin only, whatever the flag says.
  const embedded = crossOrigin !== undefined && crossOrigin !== false;
  return embedded || "topOrigin" in data ? "cross_origin" : undefined;
}

function checkAuthenticatorData(
  data: Uint8Array,
  rpIds: ReadonlySet<string>,
): AssertionRefusal | undefined {
  if (![...rpIds].some((rpId) => equal(data.subarray(0, 32), hashOf(rpId)))) return "rp_id";
  const has = (bit: number) => ((data[32] ?? 0) & bit) !== 0;
  if (!has(flag.userPresent)) return "user_presence";
  if (!has(flag.userVerified)) return "user_verification";
  // Only what may be backed up can be; a new credential's data has no place in an assertion;
  // what follows the counter is extensions and nothing else.
  if (has(flag.backedUp) && !has(flag.backupEligible)) return "flags";
  if (has(flag.attested)) return "flags";
  return has(flag.extended) === data.length > 37 ? undefined : "flags";
}

/** Reads a JSON object. `undefined` when it is none, or is not UTF-8. */
function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a signature in strict DER as r and s, 32 bytes each. */
function fromDer(der: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(p256.Signature.fromBytes(der, "der").toBytes("compact"));
  } catch {
    return undefined;
  }
}

function hashOf(text: string): Uint8Array {
  return sha256(new TextEncoder().encode(text));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
