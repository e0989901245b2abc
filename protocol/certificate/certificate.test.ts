import { secp256k1 } from "@noble/curves/secp256k1.js";
import { CompactSign, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { toBase64Url } from "../proof/base64.ts";
import { addressOf, signDigest } from "../proof/eip191.ts";
import { formatEd25519KeyId } from "../proof/key-id.ts";
import { type CertificateClaims, certificateType, encodeClaims } from "./certificate.ts";
import { type Attestation, issueCertificate } from "./issue.ts";
import { possessionDigest, provesPossession } from "./possession.ts";
import { verifyCertificate } from "./verify.ts";

const now = 1_800_000_000;
const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const otherId = "eip155:1:0x0000000000000000000000000000000000000001";
const identity = { vaultId, claimEpoch: 2, identityKeyId: `ed25519:${"A".repeat(43)}` };

const secretKey = new Uint8Array(32).fill(7);
const session = (of = identity, by = secretKey) => ({
  id: "s1",
  chain: "eip155:1",
  address: addressOf(secp256k1.getPublicKey(secretKey, false)),
  possession: signDigest(possessionDigest(of), by),
});
const claims = (changes: Partial<CertificateClaims> = {}): CertificateClaims => ({
  ...identity,
  issuer: "https://api.example",
  sessions: [session()],
  codeVersion: "abc123",
  issuedSeconds: now,
  expireSeconds: now + 7 * 86_400,
  ...changes,
});

async function makeAttestation(): Promise<Attestation> {
  const pair = (await crypto.subtle.generateKey("Ed25519", false, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  return { keyId: formatEd25519KeyId(new Uint8Array(raw)), key: pair.privateKey };
}

let attestation: Attestation;
let stranger: Attestation;
beforeAll(async () => {
  attestation = await makeAttestation();
  stranger = await makeAttestation();
});

const outcome = async (jws: string, nowMs = now * 1000) => {
  const attestationKeyIds = [attestation.keyId];
  const result = await verifyCertificate(jws, { attestationKeyIds, vaultId, nowMs });
  return result.ok ? "ok" : result.error;
};
const header = () => ({ alg: "EdDSA", typ: certificateType, kid: attestation.keyId });
const signed = (payload: Uint8Array, of: object = {}, by = attestation) =>
  new CompactSign(payload).setProtectedHeader({ ...header(), ...of }).sign(by.key);
const text = (payload: string) => new TextEncoder().encode(payload);
/** The claims as JSON, changed. */
const wire = (change: (json: Record<string, unknown>) => void) => {
  const json = JSON.parse(new TextDecoder().decode(encodeClaims(claims())));
  change(json);
  return text(JSON.stringify(json));
};

test("a certificate says what its issuer said", async () => {
  const jws = await issueCertificate(attestation, claims());
  const attestationKeyIds = [stranger.keyId, attestation.keyId];
  const result = await verifyCertificate(jws, { attestationKeyIds, vaultId, nowMs: now * 1000 });
  expect(result).toEqual({ ok: true, value: claims() });
  expect(await outcome(await issueCertificate(attestation, claims({ sessions: [] })))).toBe("ok");
});

test("none is issued for longer than 90 days", async () => {
  const days = (count: number) =>
    issueCertificate(attestation, claims({ expireSeconds: now + count * 86_400 }));
  expect(await outcome(await days(90))).toBe("ok");
  await expect(days(91)).rejects.toThrow(RangeError);
  await expect(days(0)).rejects.toThrow(RangeError);
});

describe("a certificate does not hold", () => {
  test.for<readonly [string, string, () => Promise<string> | string]>([
    [
      "of another type",
      "certificate_wrong_type",
      () => signed(encodeClaims(claims()), { typ: "JWT" }),
    ],
    [
      "without a type",
      "certificate_wrong_type",
      () => signed(encodeClaims(claims()), { typ: undefined }),
    ],
    [
      "without any signature",
      "certificate_wrong_type",
      () => new UnsecuredJWT({ sub: vaultId }).encode(),
    ],
    [
      "that names no algorithm",
      "certificate_wrong_algorithm",
      () => {
        const head = JSON.stringify({ ...header(), alg: "none" });
        return `${toBase64Url(text(head))}.${toBase64Url(encodeClaims(claims()))}.`;
      },
    ],
    [
      "with the public key as a secret",
      "certificate_wrong_algorithm",
      () =>
        new CompactSign(encodeClaims(claims()))
          .setProtectedHeader({ ...header(), alg: "HS256" })
          .sign(text(attestation.keyId)),
    ],
    [
      "of another name for the same algorithm",
      "certificate_wrong_algorithm",
      () => signed(encodeClaims(claims()), { alg: "Ed25519" }),
    ],
    [
      "of a stranger's key",
      "certificate_untrusted_key",
      () => issueCertificate(stranger, claims()),
    ],
    [
      "of a stranger under a trusted name",
      "certificate_bad_signature",
      () => signed(encodeClaims(claims()), {}, stranger),
    ],
    [
      "without a key",
      "certificate_untrusted_key",
      () => signed(encodeClaims(claims()), { kid: undefined }),
    ],
    [
      "that brings a key along",
      "certificate_malformed",
      () => signed(encodeClaims(claims()), { jwk: { kty: "OKP" } }),
    ],
    [
      "with an altered payload",
      "certificate_bad_signature",
      async () => {
        const [head, , signature] = (await issueCertificate(attestation, claims())).split(".");
        return [head, toBase64Url(encodeClaims(claims({ claimEpoch: 9 }))), signature].join(".");
      },
    ],
    [
      "of another vault",
      "certificate_wrong_vault",
      () => {
        const of = { ...identity, vaultId: otherId };
        return issueCertificate(attestation, claims({ ...of, sessions: [session(of)] }));
      },
    ],
    [
      "good for longer than 90 days",
      "certificate_validity_too_long",
      () => signed(encodeClaims(claims({ expireSeconds: now + 91 * 86_400 }))),
    ],
    [
      "that ends before it begins",
      "certificate_validity_too_long",
      () => signed(encodeClaims(claims({ expireSeconds: now - 1 }))),
    ],
    [
      "with a session key of another vault",
      "certificate_bad_possession",
      () =>
        issueCertificate(
          attestation,
          claims({ sessions: [session({ ...identity, vaultId: otherId })] }),
        ),
    ],
    [
      "with a session key of another claim",
      "certificate_bad_possession",
      () =>
        issueCertificate(
          attestation,
          claims({ sessions: [session({ ...identity, claimEpoch: 1 })] }),
        ),
    ],
    [
      "with a session key that proves another identity key",
      "certificate_bad_possession",
      () => {
        const of = { ...identity, identityKeyId: stranger.keyId };
        return issueCertificate(attestation, claims({ sessions: [session(of)] }));
      },
    ],
    [
      "with an address whose key did not sign",
      "certificate_bad_possession",
      () => {
        const by = new Uint8Array(32).fill(9);
        return issueCertificate(attestation, claims({ sessions: [session(identity, by)] }));
      },
    ],
    [
      "with a claim too many",
      "certificate_malformed",
      () =>
        signed(
          wire((json) => {
            json.aud = "x";
          }),
        ),
    ],
    [
      "with a claim too few",
      "certificate_malformed",
      () =>
        signed(
          wire((json) => {
            delete json.claim_epoch;
          }),
        ),
    ],
    [
      "with a fraction of a second",
      "certificate_malformed",
      () =>
        signed(
          wire((json) => {
            json.exp = now + 0.5;
          }),
        ),
    ],
    [
      "with one session twice",
      "certificate_malformed",
      () => issueCertificate(attestation, claims({ sessions: [session(), session()] })),
    ],
    [
      "with an address in capitals",
      "certificate_malformed",
      () => {
        const address = session().address.toUpperCase() as `0x${string}`;
        return issueCertificate(attestation, claims({ sessions: [{ ...session(), address }] }));
      },
    ],
    ["that is no JSON", "certificate_malformed", () => signed(text("{"))],
    ["that is a list", "certificate_malformed", () => signed(text("[]"))],
    ["that is no JWS", "certificate_malformed", () => "nope"],
    ["of two parts", "certificate_malformed", () => "e30.e30"],
    ["that is empty", "certificate_malformed", () => ""],
    ["that is too long", "certificate_malformed", () => "a".repeat(20_000)],
  ])("%s", async ([, expected, make]) => {
    expect(await outcome(await make())).toBe(expected);
  });

  test.for<readonly [string, number, string]>([
    ["five minutes early", -300, "ok"],
    ["a second earlier", -301, "certificate_not_yet_valid"],
    ["until its end and five minutes", 7 * 86_400 + 299, "ok"],
    ["after", 7 * 86_400 + 300, "certificate_expired"],
  ])("by the clock: %s", async ([, after, expected]) => {
    const jws = await issueCertificate(attestation, claims());
    expect(await outcome(jws, (now + after) * 1000)).toBe(expected);
  });

  test("with other bits where the last character has none", async () => {
    const jws = await issueCertificate(attestation, claims());
    const others = { A: "B", Q: "R", g: "h", w: "x" };
    const last = others[jws.at(-1) as keyof typeof others];
    expect(await outcome(jws.slice(0, -1) + last)).toBe("certificate_malformed");
  });

  test("with any single character changed", async () => {
    const jws = await issueCertificate(attestation, claims());
    for (let i = 0; i < jws.length; i += 7) {
      const other = jws[i] === "A" ? "B" : "A";
      expect(await outcome(jws.slice(0, i) + other + jws.slice(i + 1))).not.toBe("ok");
    }
  });
});

test("possession is proved by the one key, for the one vault", () => {
  const { address, possession } = session();
  expect(provesPossession(identity, address, possession)).toBe(true);
  expect(provesPossession(identity, addressOf(new Uint8Array(65)), possession)).toBe(false);
  expect(provesPossession(identity, address, possession.slice(1))).toBe(false);
});
