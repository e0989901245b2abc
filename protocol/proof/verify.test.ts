import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { WireRequest } from "../exchange.ts";
import { toBase64 } from "./base64.ts";
import { signRequest } from "./sign.ts";
import {
  ethereumSigner,
  generateEd25519Signer,
  generateP256Signer,
  type Signer,
} from "./signer.ts";
import { signAnew } from "./vectors/sign-anew.ts";
import { type VerifyOptions, verifyRequest } from "./verify.ts";

const nowMs = 1_700_000_000_000;
const vaultId = "eip155:8453:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const origin = "https://api.metavault.example";
const options: VerifyOptions = { vaultId, origins: new Set([origin]), nowMs };
const body = () => new TextEncoder().encode('{"name":"vaults/x"}') as Uint8Array<ArrayBuffer>;

const plain = (): WireRequest => ({
  method: "POST",
  url: `${origin}/metavault.vault.v1.VaultService/GetVault`,
  headers: new Headers({ "content-type": "application/json", "connect-protocol-version": "1" }),
  body: body(),
});

const signers: Record<string, Signer> = {};
beforeAll(async () => {
  signers.p256 = await generateP256Signer();
  signers.ed25519 = await generateEd25519Signer();
  signers.eip155 = ethereumSigner(8453, new Uint8Array(32).fill(1));
});
const signerOf = (kind: string): Signer => signers[kind] ?? expect.unreachable(kind);
const kinds = ["p256", "ed25519", "eip155"] as const;

const signed = (kind: string) => signRequest(plain(), { signer: signerOf(kind), vaultId, nowMs });
const verdict = async (request: WireRequest, changes: Partial<VerifyOptions> = {}) => {
  const result = await verifyRequest(request, { ...options, ...changes });
  return result.ok ? "ok" : result.error;
};
const withHeader = (request: WireRequest, name: string, change: (value: string) => string) => {
  const headers = new Headers(request.headers);
  headers.set(name, change(headers.get(name) ?? ""));
  return { ...request, headers };
};
describe.each(kinds)("a %s proof", (kind) => {
  test("holds, and the view keeps only what was signed", async () => {
    const request = withHeader(await signed(kind), "content-encoding", () => "gzip");
    const result = await verifyRequest(request, options);
    if (!result.ok) return expect.unreachable(result.error);
    expect(result.value.keyId).toBe(signerOf(kind).keyId);
    expect([...result.value.view.headers.keys()].sort()).toEqual([
      "connect-protocol-version",
      "content-digest",
      "content-type",
      "metavault-id",
    ]);
    expect(result.value.view.body).toEqual(body());
  });

  test("shows no field that a vault does not read, though it was signed", async () => {
    const plainly = await signed(kind);
    const traced = withHeader(plainly, "x-scope", () => "everything");
    const covering = withHeader(traced, "signature-input", (value) =>
      value.replace('("@method"', '("x-scope" "@method"'),
    );
    const request = await signAnew(covering, signerOf(kind));
    const result = await verifyRequest(request ?? expect.unreachable("no base"), options);
    if (!result.ok) return expect.unreachable(result.error);
    expect(result.value.view.headers.has("x-scope")).toBe(false);
  });

  test("another key's id does not verify", async () => {
    const other = signerOf(kinds[(kinds.indexOf(kind) + 1) % 3] ?? "p256").keyId;
    const request = withHeader(await signed(kind), "signature-input", (v) =>
      v.replace(/keyid="[^"]+"/, `keyid="${other}"`),
    );
    expect(await verdict(request)).toBe("bad_signature");
  });

  test("any flipped bit of the signature is refused", async () => {
    const request = await signed(kind);
    const field = request.headers.get("signature") ?? "";
    const bytes = Uint8Array.from(atob(field.slice(4, -1)), (c) => c.charCodeAt(0));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const flipped = bytes.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const altered = withHeader(request, "signature", () => `mv=:${toBase64(flipped)}:`);
        return (await verdict(altered)) === "bad_signature";
      }),
      { numRuns: 60 },
    );
  });
});

describe("time", () => {
  test.each([
    ["at its latest", 90_000, "ok"],
    ["after it", 90_001, "request_expired"],
    ["at its earliest", -30_000, "ok"],
    ["before it", -30_001, "request_not_yet_valid"],
  ] as const)("a proof %s", async (_, offset, expected) => {
    expect(await verdict(await signed("ed25519"), { nowMs: nowMs + offset })).toBe(expected);
  });

  test("a proof from before the floor is refused", async () => {
    const result = await verdict(await signed("ed25519"), { floorMs: nowMs + 1000 });
    expect(result).toBe("request_before_floor");
  });
});

describe("the register", () => {
  test.each(["unknown_key", "key_revoked", "key_expired"] as const)(
    "refuses with %s",
    async (failure) => {
      const lookup = () => ({ accepted: false, failure }) as const;
      expect(await verdict(await signed("p256"), { lookup })).toBe(failure);
    },
  );

  test("may shorten how long a proof is valid", async () => {
    const lookup = () => ({ accepted: true, maxProofSeconds: 59 }) as const;
    expect(await verdict(await signed("p256"), { lookup })).toBe("request_validity_too_long");
  });
});

test("verify(sign(x)) holds for any body and fields", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 500 }),
      fc.constantFrom(...kinds),
      async (bytes, kind) => {
        const request = { ...plain(), body: new Uint8Array(bytes) };
        const proof = await signRequest(request, { signer: signerOf(kind), vaultId, nowMs });
        return (await verdict(proof)) === "ok";
      },
    ),
    { numRuns: 60 },
  );
});

test("hostile fields never throw and never verify", async () => {
  const text = fc.string({
    unit: fc.constantFrom(...'mv=()"@;:,-_ azAZ09*?!\\'.split("")),
    maxLength: 120,
  });
  const request = await signed("ed25519");
  await fc.assert(
    fc.asyncProperty(text, text, async (a, b) => {
      const hostile = withHeader(
        withHeader(request, "signature-input", () => a),
        "signature",
        () => b,
      );
      return (await verdict(hostile)) !== "ok";
    }),
    { numRuns: 300 },
  );
});
