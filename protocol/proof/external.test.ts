/** Other people's vectors, when they lie beside the project: RFC 9421, RFC 9651, Wycheproof. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type InnerList, parseDictionary } from "structured-headers";
import { describe, expect, test } from "vitest";
import { checkSignature } from "./algorithm.ts";
import { addressOf, recoverSigner } from "./eip191.ts";
import { formatEd25519KeyId, formatP256KeyId } from "./key-id.ts";
import { signatureBase } from "./signature-base.ts";

const folder = resolve(import.meta.dirname, "../../../shared/vectors");
const present = existsSync(folder);
if (!present) console.warn(`external vectors are not tested: there is no ${folder}`);

const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");
const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

type Group = {
  readonly publicKey: { readonly uncompressed: string; readonly pk: string };
  readonly tests: readonly {
    readonly tcId: number;
    readonly msg: string;
    readonly sig: string;
    readonly result: string;
  }[];
};
const groups = (file: string) =>
  (JSON.parse(read("wycheproof", file)) as { testGroups: Group[] }).testGroups;

/** Verifies every test of a file; returns those that came out otherwise, and how many ran. */
async function disagreements(
  file: string,
  verify: (
    group: Group,
    message: Uint8Array<ArrayBuffer>,
    signature: Uint8Array<ArrayBuffer>,
  ) => Promise<boolean> | boolean,
  expected: (test: Group["tests"][number]) => boolean = ({ result }) => result === "valid",
) {
  const wrong: number[] = [];
  let ran = 0;
  for (const group of groups(file)) {
    for (const one of group.tests) {
      ran += 1;
      const got = await verify(group, hex(one.msg), hex(one.sig));
      if (got !== expected(one)) wrong.push(one.tcId);
    }
  }
  return { wrong, ran };
}

describe.skipIf(!present)("Wycheproof", () => {
  test("P-256, r and s", async () => {
    const result = await disagreements(
      "ecdsa_secp256r1_sha256_p1363_test.json",
      ({ publicKey }, message, signature) =>
        checkSignature(formatP256KeyId(hex(publicKey.uncompressed)), signature, message),
    );
    expect(result.wrong).toEqual([]);
    expect(result.ran).toBeGreaterThan(250);
  });

  test("Ed25519", async () => {
    const result = await disagreements("ed25519_test.json", ({ publicKey }, message, signature) =>
      checkSignature(formatEd25519KeyId(hex(publicKey.pk)), signature, message),
    );
    expect(result.wrong).toEqual([]);
    expect(result.ran).toBeGreaterThan(140);
  });

  test("secp256k1 by recovery: what is valid and has a low s, and nothing else", async () => {
    const half = secp256k1.Point.CURVE().n / 2n;
    const isLow = (signature: string) => BigInt(`0x${signature.slice(64)}`) <= half;
    const result = await disagreements(
      "ecdsa_secp256k1_sha256_p1363_test.json",
      ({ publicKey }, message, signature) => {
        const address = addressOf(hex(publicKey.uncompressed));
        const digest = sha256(message);
        return [27, 28].some(
          (v) => recoverSigner(digest, new Uint8Array([...signature, v])) === address,
        );
      },
      ({ result, sig }) => result === "valid" && isLow(sig),
    );
    expect(result.wrong).toEqual([]);
    expect(result.ran).toBeGreaterThan(240);
  });
});

describe.skipIf(!present)("RFC 9651, by the HTTP working group", () => {
  type Case = {
    name: string;
    raw?: string[];
    header_type: string;
    must_fail?: boolean;
    can_fail?: boolean;
  };
  const files = present ? readdirSync(join(folder, "structured-fields")) : [];

  test("dictionaries are accepted and refused as they should be", () => {
    const wrong: string[] = [];
    let ran = 0;
    for (const file of files) {
      for (const one of JSON.parse(read("structured-fields", file)) as Case[]) {
        if (one.header_type !== "dictionary" || one.raw === undefined || one.can_fail) continue;
        ran += 1;
        let accepted = true;
        try {
          parseDictionary(one.raw.join(", "));
        } catch {
          accepted = false;
        }
        if (accepted === (one.must_fail === true)) wrong.push(`${file}: ${one.name}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(ran).toBeGreaterThan(200);
  });
});

describe.skipIf(!present)("RFC 9421, appendix B", () => {
  const messageOf = (name: string) => {
    const [head = "", body = ""] = read("rfc9421", `${name}_request_signed.txt`)
      .replaceAll("\r\n", "\n")
      .split("\n\n");
    const [line = "", ...fields] = head.split("\n");
    const [method = "", target = ""] = line.split(" ");
    const pairs = fields.map((field): [string, string] => {
      const at = field.indexOf(":");
      return [field.slice(0, at), field.slice(at + 1).trim()];
    });
    const headers = new Headers(pairs);
    const url = new URL(target, `https://${headers.get("host")}`);
    const [list] = parseDictionary(headers.get("signature-input") ?? "").values();
    return { method, url, headers, body, list: list as InnerList };
  };

  test.each(["b21", "b23", "b25", "b26"])("%s has the published base", (name) => {
    const { list, ...message } = messageOf(name);
    const base = new TextDecoder().decode(signatureBase(message, list));
    expect(base).toBe(read("rfc9421", `${name}_request_sigbase.txt`).replaceAll("\r\n", "\n"));
  });

  test("b22 has a component with a parameter, which the profile refuses", () => {
    const { list, ...message } = messageOf("b22");
    expect(signatureBase(message, list)).toBeUndefined();
  });

  test("the Ed25519 signature of b26 verifies", async () => {
    const { list, ...message } = messageOf("b26");
    const base = signatureBase(message, list);
    const field = message.headers.get("signature") ?? "";
    const signature = new Uint8Array(
      Buffer.from(field.slice(field.indexOf(":") + 1, -1), "base64"),
    );
    const pem = read("rfc9421", "test-key-ed25519.pub").split("\n")[1] ?? "";
    const publicKey = new Uint8Array(Buffer.from(pem, "base64").subarray(-32));
    if (base === undefined) return expect.unreachable();
    expect(await checkSignature(formatEd25519KeyId(publicKey), signature, base)).toBe(true);
  });
});
