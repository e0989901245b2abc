import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBase64Url } from "./base64.ts";
import { formatP256KeyId } from "./key-id.ts";
import { type Assertion, verifyAssertion } from "./webauthn.ts";

const secret = sha256(new TextEncoder().encode("a passkey of the tests"));
const keyId = formatP256KeyId(p256.getPublicKey(secret, false));
const otherKeyId = formatP256KeyId(p256.getPublicKey(sha256(secret), false));
const challenge = sha256(new TextEncoder().encode("an act"));
const rpId = "metavault.example";
const origin = "https://app.metavault.example";
const expected = { keyId, challenge, origins: new Set([origin]), rpIds: new Set([rpId]) };

type Parts = {
  clientData?: unknown;
  json?: Uint8Array;
  rp?: string;
  flags?: number;
  extra?: number[];
};

const honest = {
  type: "webauthn.get",
  challenge: toBase64Url(challenge),
  origin,
  crossOrigin: false,
};
const utf8 = (text: string) => new TextEncoder().encode(text);

/** What an authenticator with the secret makes, of whatever it is told. */
function assertion(parts: Parts = {}, sign = signDer): Assertion {
  const { clientData = honest, rp = rpId, flags = 0x05, extra = [] } = parts;
  const clientDataJson = new Uint8Array(parts.json ?? utf8(JSON.stringify(clientData)));
  const authenticatorData = new Uint8Array([...sha256(utf8(rp)), flags, 0, 0, 0, 1, ...extra]);
  const base = new Uint8Array([...authenticatorData, ...sha256(clientDataJson)]);
  return { authenticatorData, clientDataJson, signature: new Uint8Array(sign(base)) };
}

function signDer(base: Uint8Array): Uint8Array {
  return p256.sign(base, secret, { format: "der", lowS: false });
}

const outcome = async (given: Assertion, change: Partial<typeof expected> = {}) => {
  const result = await verifyAssertion(given, { ...expected, ...change });
  return result.ok ? "ok" : result.error;
};

describe("an assertion", () => {
  test.each<[string, Parts, string]>([
    ["as a browser makes it", {}, "ok"],
    [
      "of a browser that does not speak of frames",
      { clientData: { ...honest, crossOrigin: undefined } },
      "ok",
    ],
    ["with fields to come", { clientData: { ...honest, other: { a: [1] } } }, "ok"],
    ["of a synced passkey", { flags: 0x1d }, "ok"],
    ["with extensions", { flags: 0x85, extra: [0xa0] }, "ok"],
    ["made to register", { clientData: { ...honest, type: "webauthn.create" } }, "type"],
    ["for a payment", { clientData: { ...honest, type: "payment.get" } }, "type"],
    ["without a type", { clientData: { ...honest, type: undefined } }, "type"],
    [
      "over another act",
      { clientData: { ...honest, challenge: toBase64Url(sha256(challenge)) } },
      "challenge",
    ],
    [
      "with a padded challenge",
      { clientData: { ...honest, challenge: `${honest.challenge}=` } },
      "challenge",
    ],
    ["without a challenge", { clientData: { ...honest, challenge: undefined } }, "challenge"],
    ["of another origin", { clientData: { ...honest, origin: "https://evil.example" } }, "origin"],
    [
      "of a subdomain",
      { clientData: { ...honest, origin: "https://x.app.metavault.example" } },
      "origin",
    ],
    [
      "of the origin without TLS",
      { clientData: { ...honest, origin: origin.replace("s:", ":") } },
      "origin",
    ],
    ["of a list of origins", { clientData: { ...honest, origin: [origin] } }, "origin"],
    ["in a foreign frame", { clientData: { ...honest, crossOrigin: true } }, "cross_origin"],
    [
      "in a frame, said in words",
      { clientData: { ...honest, crossOrigin: "false" } },
      "cross_origin",
    ],
    ["below a top origin", { clientData: { ...honest, topOrigin: origin } }, "cross_origin"],
    ["of another relying party", { rp: "evil.example" }, "rp_id"],
    ["nobody present", { flags: 0x04 }, "user_presence"],
    ["nobody verified", { flags: 0x01 }, "user_verification"],
    ["backed up, though it can't be", { flags: 0x15 }, "flags"],
    ["with a new credential", { flags: 0x45, extra: [0] }, "flags"],
    ["with extensions that are not there", { flags: 0x85 }, "flags"],
    ["with bytes that nothing announces", { extra: [0xa0] }, "flags"],
    ["whose client data is not JSON", { json: utf8("{") }, "client_data"],
    ["whose client data is a list", { json: utf8("[]") }, "client_data"],
    ["whose client data is null", { json: utf8("null") }, "client_data"],
    ["whose client data is not UTF-8", { json: new Uint8Array([0x22, 0xff, 0x22]) }, "client_data"],
    ["with too much client data", { clientData: { ...honest, other: "x".repeat(2048) } }, "size"],
    ["with too many extensions", { flags: 0x85, extra: new Array(1000).fill(0) }, "size"],
  ])("%s", async (_, parts, verdict) => {
    expect(await outcome(assertion(parts))).toBe(verdict);
  });

  test.each<[string, (der: Uint8Array) => Uint8Array, string]>([
    [
      "that is the raw r and s",
      (der) => p256.Signature.fromBytes(der, "der").toBytes("compact"),
      "signature_format",
    ],
    ["with bytes behind it", (der) => new Uint8Array([...der, 0]), "signature_format"],
    ["cut short", (der) => der.subarray(0, -1), "signature_format"],
    ["of zeros", () => new Uint8Array([0x30, 6, 2, 1, 0, 2, 1, 0]), "signature_format"],
    [
      "with a long form length",
      (der) => new Uint8Array([0x30, 0x81, ...der.subarray(1)]),
      "signature_format",
    ],
    ["that is empty", () => new Uint8Array(), "size"],
    ["with s mirrored, which ECDSA can't tell apart", mirrored, "ok"],
  ])("with a signature %s", async (_, change, verdict) => {
    expect(await outcome(assertion({}, (base) => change(signDer(base))))).toBe(verdict);
  });

  test("by another key, or checked with a key of another kind", async () => {
    expect(await outcome(assertion(), { keyId: otherKeyId })).toBe("signature");
    expect(await outcome(assertion(), { keyId: "p256:AAAA" })).toBe("signature");
    expect(await outcome(assertion(), { keyId: `ed25519:${"A".repeat(43)}` })).toBe("signature");
    expect(await outcome(assertion(), { keyId: `eip155:1:0x${"0".repeat(40)}` })).toBe("signature");
  });

  test("where no origin or relying party is allowed", async () => {
    expect(await outcome(assertion(), { origins: new Set() })).toBe("origin");
    expect(await outcome(assertion(), { rpIds: new Set() })).toBe("rp_id");
  });
});

describe("whatever comes", () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((b) => new Uint8Array(b));

  test("a flipped bit anywhere is refused", async () => {
    const good = assertion();
    const parts = ["authenticatorData", "clientDataJson", "signature"] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...parts), fc.nat(), fc.nat(7), async (part, at, bit) => {
        const changed = new Uint8Array(good[part]);
        const index = at % changed.length;
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        expect(await outcome({ ...good, [part]: changed })).not.toBe("ok");
      }),
      { numRuns: 500 },
    );
  });

  test("any challenge that is signed verifies, and no other", async () => {
    const some = fc.uint8Array({ minLength: 32, maxLength: 32 });
    await fc.assert(
      fc.asyncProperty(some, some, async (signed, asked) => {
        const given = assertion({ clientData: { ...honest, challenge: toBase64Url(signed) } });
        expect(await outcome(given, { challenge: signed })).toBe("ok");
        const same = toBase64Url(signed) === toBase64Url(asked);
        expect(await outcome(given, { challenge: asked })).toBe(same ? "ok" : "challenge");
      }),
      { numRuns: 50 },
    );
  });

  test("noise is refused and nothing is thrown", async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        bytes,
        bytes,
        async (authenticatorData, clientDataJson, signature) => {
          expect(await outcome({ authenticatorData, clientDataJson, signature })).not.toBe("ok");
        },
      ),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (signature) => {
        expect(await outcome({ ...assertion(), signature })).not.toBe("ok");
      }),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (clientData) => {
        expect(await outcome(assertion({ clientData }))).not.toBe("ok");
      }),
      { numRuns: 300 },
    );
  });
});

function mirrored(der: Uint8Array): Uint8Array {
  const { r, s } = p256.Signature.fromBytes(der, "der");
  return new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes("der");
}
