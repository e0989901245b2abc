/**
 * Whatever happens to a signed request on its way: what verifies is what was signed, and
 * whatever else comes is refused for a reason of the closed list.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WireRequest } from "../../exchange.ts";
import { proofFailures } from "../failure.ts";
import { signRequest } from "../sign.ts";
import { type VerifiedRequest, verifyRequest } from "../verify.ts";
import { edits } from "./edits.ts";
import { kinds, nonce, origin, request, seed, signerOf, vaultId } from "./requests.ts";

const nowMs = 1_800_000_000_000;
const options = { origins: new Set([origin]), nowMs };
const runs = { p256: 400, ed25519: 400, eip155: 120 } as const;
const reasons: ReadonlySet<string> = new Set(proofFailures);

const sign = (plain: WireRequest, kind: (typeof kinds)[number], vault: string, once: string) =>
  signRequest(plain, { signer: signerOf(kind), vaultId: vault, nowMs, nonce: once });

/** All that a vault acts on. */
const shown = ({ view, keyId, nonce: once, vaultId: vault }: VerifiedRequest) => ({
  ...view,
  headers: [...view.headers],
  body: [...view.body],
  keyId,
  once,
  vault,
});

describe.each(kinds)("a request signed by a %s key", (kind) => {
  test("verifies, and shows what was signed and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(request, vaultId, nonce, async (plain, vault, once) => {
        const result = await verifyRequest(await sign(plain, kind, vault, once), options);
        if (!result.ok) return expect.unreachable(result.error);
        const { view, ...facts } = result.value;
        expect(facts).toMatchObject({ keyId: signerOf(kind).keyId, nonce: once, vaultId: vault });
        expect(view.body).toEqual(plain.body);
        const { pathname, search } = new URL(plain.url);
        expect(view.url).toBe(`${origin}${pathname}${search}`);
        for (const name of ["cookie", "x-forwarded-for", "user-agent", "accept", "traceparent"]) {
          expect(view.headers.has(name)).toBe(false);
        }
        const proper = [...plain.headers.keys()].filter((name) => /^(co|grpc|x-g|id)/.test(name));
        for (const name of proper.filter((name) => name !== "cookie")) {
          expect(view.headers.get(name)).toBe(plain.headers.get(name));
        }
      }),
      { seed, numRuns: runs[kind] / 4 },
    );
  });

  test("altered in any way, shows the same or is refused", async () => {
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(request, request, vaultId, nonce, edits, async (a, b, vault, once, edit) => {
        const signed = await sign(a, kind, vault, once);
        const other = await sign(b, kind, vault, `${once.slice(0, -1)}-`);
        const before = await verifyRequest(signed, options);
        const after = await verifyRequest(edit(signed, other), options);
        if (!before.ok) return expect.unreachable(before.error);
        if (after.ok) {
          expect(shown(after.value)).toEqual(shown(before.value));
          return;
        }
        refusals += 1;
        expect(reasons.has(after.error)).toBe(true);
      }),
      { seed, numRuns: runs[kind] },
    );
    // The edits must bite, or the property says nothing.
    expect(refusals).toBeGreaterThan(runs[kind] / 2);
  });

  test("is good from its skew before to its skew after, and never else", async () => {
    const life = fc.integer({ min: 1, max: 300 });
    const offset = fc.integer({ min: -400_000, max: 700_000 });
    await fc.assert(
      fc.asyncProperty(request, life, offset, async (plain, validSeconds, offsetMs) => {
        const signer = signerOf(kind);
        const vault = `eip155:1:0x${"0".repeat(40)}`;
        const signed = await signRequest(plain, { signer, vaultId: vault, nowMs, validSeconds });
        const result = await verifyRequest(signed, { ...options, nowMs: nowMs + offsetMs });
        const latest = (validSeconds + 30) * 1000;
        const expected =
          offsetMs < -30_000
            ? "request_not_yet_valid"
            : offsetMs > latest
              ? "request_expired"
              : "ok";
        expect(result.ok ? "ok" : result.error).toBe(expected);
      }),
      { seed, numRuns: runs[kind] / 4 },
    );
  });
});

test("what was never a request is refused, not thrown", async () => {
  const anyText = fc.string({ unit: "binary", maxLength: 60 });
  const latin = fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((c) => c !== 0x7f)
      .map((c) => String.fromCharCode(c)),
    maxLength: 60,
  });
  const names = ["signature", "signature-input", "content-digest", "metavault-id", "content-type"];
  const fields = fc.dictionary(fc.constantFrom(...names), latin);
  await fc.assert(
    fc.asyncProperty(anyText, anyText, fields, fc.uint8Array(), async (method, url, raw, body) => {
      const headers = new Headers(raw);
      const made = { method, url, headers, body: new Uint8Array(body) };
      const result = await verifyRequest(made, options);
      expect(result.ok ? "ok" : reasons.has(result.error)).toBe(true);
    }),
    { seed, numRuns: 400 },
  );
});
