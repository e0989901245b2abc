/** The parsers under the proof never throw, and what they accept they accept in one form only. */
import fc from "fast-check";
import { type InnerList, parseDictionary } from "structured-headers";
import { describe, expect, test } from "vitest";
import { checkSignature } from "../algorithm.ts";
import { fromBase64Url, toBase64Url } from "../base64.ts";
import { findCandidate } from "../candidate.ts";
import { requestTag } from "../coverage.ts";
import { eip191Digest, recoverSigner, signDigest } from "../eip191.ts";
import { proofFailures } from "../failure.ts";
import { formatEd25519KeyId, formatEip155KeyId, parseKeyId } from "../key-id.ts";
import { signatureBase } from "../signature-base.ts";
import { isPlainTarget, parseTarget } from "../target.ts";
import { seed } from "./requests.ts";

const assertOf = <T>(property: fc.IProperty<T>, numRuns = 1000) =>
  fc.assert(property, { seed, numRuns });
const latin = fc
  .integer({ min: 0x20, max: 0xff })
  .filter((c) => c !== 0x7f)
  .map((c) => String.fromCharCode(c));

/** Pieces of the grammar of RFC 9651, joined in any order: near misses of everything. */
const piece = fc.constantFrom(
  ...[
    "(",
    ")",
    '"',
    ";",
    ",",
    "=",
    ":",
    "?1",
    "?0",
    "@1",
    '%"a"',
    "*",
    " ",
    "\t",
    "\\",
    "-",
    "1.5",
  ],
  ...["mv", "mv=", "mv=(", "()", '"@method"', '"content-type";sf', ";created=1", ";expires=61"],
  ...[';nonce="AAAAAAAAAAAAAAAAAAAAAA"', ';tag="metavault-v1"', ';keyid="p256:x"', ";alg", "mv=:"],
  ...[":AAAA:", ":=:", "999999999999999", "1234567890123456", "0.1234", "é", "\u00ff", "mv2=();x"],
);
const grammatical = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));
const field = fc.oneof(grammatical, fc.string({ unit: latin, maxLength: 80 }));

describe("the proof's own fields", () => {
  test("give a candidate of the profile, or a reason of the closed list", () => {
    const reasons: ReadonlySet<string> = new Set(proofFailures);
    assertOf(
      fc.property(field, field, (input, signature) => {
        const headers = new Headers({ "signature-input": input, signature });
        const found = findCandidate(headers, requestTag);
        if (!found.ok) {
          expect(reasons.has(found.error)).toBe(true);
          return;
        }
        const { list, components, created, keyId, signature: bytes } = found.value;
        expect(components.size).toBe(list[0].length);
        expect(Number.isSafeInteger(created) && created > 0).toBe(true);
        expect(typeof keyId).toBe("string");
        expect(bytes.length).toBeLessThanOrEqual(65);
      }),
      4000,
    );
  });

  test("find their candidates among the tries", () => {
    // The generator must reach the far end, or the property above says nothing.
    const parameters = fc.shuffledSubarray(
      [";created=1", ";expires=61", ';keyid="k"', ';nonce="n"', ';tag="metavault-v1"', ";x=1"],
      { minLength: 3 },
    );
    let found = 0;
    assertOf(
      fc.property(parameters, (some) => {
        const input = `mv=("@method")${some.join("")}`;
        const headers = new Headers({ "signature-input": input, signature: "mv=:AAAA:" });
        const complete = [";created=1", ';keyid="k"', ';tag="metavault-v1"'].every((one) =>
          some.includes(one),
        );
        const { ok } = findCandidate(headers, requestTag);
        expect(ok).toBe(complete && !some.includes(";x=1"));
        if (ok) found += 1;
      }),
      300,
    );
    expect(found).toBeGreaterThan(20);
  });
});

test("a base has one line a component, whatever the fields hold", () => {
  const components = fc.array(
    fc.oneof(
      fc.constantFrom("@method", "@path", "@query", "@authority", "content-type", "x", "y", "X"),
      fc.string({ unit: fc.constantFrom(...'ab-"\\ @;:'.split("")), maxLength: 5 }),
    ),
    { maxLength: 6 },
  );
  const value = fc.string({ unit: latin, maxLength: 30 });
  assertOf(
    fc.property(components, value, value, fc.webUrl(), (names, x, y, address) => {
      const headers = new Headers({ x, y, "content-type": "a/b" });
      const list: InnerList = [names.map((name) => [name, new Map()]), new Map()];
      const base = signatureBase({ method: "POST", url: new URL(address), headers }, list);
      if (base === undefined) return;
      const lines = new TextDecoder().decode(base).split("\n");
      expect(lines.length).toBe(names.length + 1);
      for (const [i, name] of names.entries()) {
        expect(lines[i]?.startsWith(`"${name}": `)).toBe(true);
      }
      // What is signed of the parameters is what the sender meant by them.
      const last = lines.at(-1)?.replace('"@signature-params": ', "mv=") ?? "";
      expect(parseDictionary(last).get("mv")?.[0]).toEqual(list[0]);
    }),
  );
});

describe("key ids", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc
      .tuple(
        fc.constantFrom("p256:", "ed25519:", "eip155:1:0x", "eip155:", "P256:", ""),
        fc.oneof(
          fc.uint8Array({ minLength: 31, maxLength: 34 }).map(toBase64Url),
          fc.stringMatching(/^[0-9a-fA-F]{39,41}$/),
          fc.string({ unit: fc.constantFrom(..."AZaz09-_+/= ".split("")), maxLength: 46 }),
        ),
      )
      .map(([kind, rest]) => kind + rest),
  );
  test("are accepted in their canonical form only", () => {
    let accepted = 0;
    assertOf(
      fc.property(text, (id) => {
        const key = parseKeyId(id);
        if (key === undefined) return;
        accepted += 1;
        const again =
          key.kind === "p256"
            ? `p256:${toBase64Url(key.point)}`
            : key.kind === "ed25519"
              ? formatEd25519KeyId(key.publicKey)
              : formatEip155KeyId(key.chainId, key.address);
        expect(again).toBe(id);
      }),
      4000,
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

test("base64url is read back as it was written, and no other text is read", () => {
  assertOf(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(new Uint8Array(bytes));
    }),
  );
  const near = fc.string({
    unit: fc.constantFrom(..."ABCwxyz0189-_=+/ ".split("")),
    maxLength: 12,
  });
  assertOf(
    fc.property(fc.oneof(near, fc.string({ unit: "binary" })), (text) => {
      const bytes = fromBase64Url(text);
      if (bytes !== undefined) expect(toBase64Url(bytes)).toBe(text);
    }),
  );
});

test("a plain target is read as it is written", () => {
  const path = fc.string({
    unit: fc.constantFrom(..."ab.S/\\?#%2e:;@& \t'\"<é".split("")),
    maxLength: 14,
  });
  const prefix = fc.constantFrom(
    "https://h/a.S/M",
    "https://h/",
    "https://h",
    "http://h:80/a/b",
    "",
  );
  let plain = 0;
  assertOf(
    fc.property(prefix, path, (start, rest) => {
      const text = start + rest;
      const url = parseTarget(text);
      if (url === undefined || !isPlainTarget(text, url)) return;
      plain += 1;
      expect(text.endsWith(`${url.pathname}${url.search || (text.endsWith("?") ? "?" : "")}`)).toBe(
        true,
      );
      expect(url.pathname).toMatch(/^\/[A-Za-z0-9_.]+\/[A-Za-z0-9_]+$/);
    }),
    4000,
  );
  expect(plain).toBeGreaterThan(50);
});

describe("signatures", () => {
  test("any bytes under any key id are refused, not thrown", async () => {
    const keyId = fc.oneof(
      fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes) => `ed25519:${toBase64Url(bytes)}`),
      fc
        .tuple(fc.constantFrom(2, 3), fc.uint8Array({ minLength: 32, maxLength: 32 }))
        .map(([sign, x]) => `p256:${toBase64Url(new Uint8Array([sign, ...x]))}`),
      fc.stringMatching(/^[0-9a-f]{40}$/).map((address) => `eip155:1:0x${address}`),
      fc.string(),
    );
    const bytes = (size: number) =>
      fc.oneof(
        fc.uint8Array({ minLength: size, maxLength: size }),
        fc.constantFrom(0, 1, 255).map((fill) => new Uint8Array(size).fill(fill)),
      );
    const signature = fc.oneof(bytes(64), bytes(65), fc.uint8Array({ maxLength: 66 }));
    await fc.assert(
      fc.asyncProperty(keyId, signature, fc.uint8Array(), async (id, made, base) => {
        expect(await checkSignature(id, new Uint8Array(made), new Uint8Array(base))).toBe(false);
      }),
      { seed, numRuns: 300 },
    );
  });

  test("an Ethereum signature recovers its signer, with one v and one s", () => {
    const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => {
      const key = new Uint8Array(bytes);
      // Below the order, and not zero.
      key[0] = 1;
      return key;
    });
    assertOf(
      fc.property(secret, fc.uint8Array(), fc.integer({ min: 0, max: 255 }), (key, message, v) => {
        const digest = eip191Digest(message);
        const signature = signDigest(digest, key);
        const signer = recoverSigner(digest, signature);
        expect(signer).toMatch(/^0x[0-9a-f]{40}$/);
        const other = signature.slice();
        other[64] = v;
        if (v !== signature[64]) expect(recoverSigner(digest, other)).not.toBe(signer);
      }),
      40,
    );
  });
});
