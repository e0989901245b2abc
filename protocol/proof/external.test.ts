/**
 * Other people's vectors, when they lie beside the project: RFC 9421, RFC 9651, Wycheproof. Those
 * of ERC-8128 and of WebAuthn are part of the project (`vectors/external`).
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  type InnerList,
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
} from "structured-headers";
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

/** Reads a DER signature as r and s. `undefined` when it is not strictly DER. */
const fromDer = (der: Uint8Array) => {
  try {
    return secp256k1.Signature.fromBytes(der, "der").toBytes("compact");
  } catch {
    return undefined;
  }
};

type Group = {
  readonly publicKey: { readonly uncompressed: string; readonly pk: string };
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
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

  test("secp256k1 in DER with a low s: what is valid recovers its key, and nothing else", async () => {
    const result = await disagreements(
      "ecdsa_secp256k1_sha256_bitcoin_test.json",
      ({ publicKey }, message, signature) => {
        const address = addressOf(hex(publicKey.uncompressed));
        const compact = fromDer(signature);
        if (compact === undefined) return false;
        return [27, 28].some(
          (v) => recoverSigner(sha256(message), new Uint8Array([...compact, v])) === address,
        );
      },
      // An r above the order can't be said with v 27 or 28: Ethereum has no such signatures.
      ({ result, comment }) => result === "valid" && comment !== "k*G has a large x-coordinate",
    );
    expect(result.wrong).toEqual([]);
    expect(result.ran).toBeGreaterThan(450);
  });

  test("AES-256-GCM with 96-bit IVs, as secrets are sealed", async () => {
    const { testGroups } = JSON.parse(read("wycheproof", "aes_gcm_test.json")) as {
      testGroups: {
        ivSize: number;
        keySize: number;
        tests: { tcId: number; [field: string]: string | number }[];
      }[];
    };
    const wrong: number[] = [];
    let ran = 0;
    for (const { ivSize, keySize, tests } of testGroups) {
      if (ivSize !== 96 || keySize !== 256) continue;
      for (const one of tests) {
        ran += 1;
        const field = (name: string) => hex(String(one[name]));
        const key = await crypto.subtle.importKey("raw", field("key"), "AES-GCM", false, [
          "decrypt",
        ]);
        const algorithm = { name: "AES-GCM", iv: field("iv"), additionalData: field("aad") };
        const sealed = new Uint8Array([...field("ct"), ...field("tag")]);
        const opened = await crypto.subtle.decrypt(algorithm, key, sealed).then(
          (plain) => Buffer.from(plain).toString("hex"),
          () => undefined,
        );
        if ((opened === one.msg) !== (one.result === "valid")) wrong.push(one.tcId);
      }
    }
    expect(wrong).toEqual([]);
    expect(ran).toBeGreaterThan(60);
  });

  test("HKDF with SHA-256, as the keys that wrap are derived", async () => {
    const { testGroups } = JSON.parse(read("wycheproof", "hkdf_sha256_test.json")) as {
      testGroups: {
        tests: { tcId: number; size: number; okm: string; result: string; [f: string]: unknown }[];
      }[];
    };
    const wrong: number[] = [];
    const tests = testGroups.flatMap((group) => group.tests);
    for (const one of tests) {
      const field = (name: string) => hex(String(one[name]));
      const key = await crypto.subtle.importKey("raw", field("ikm"), "HKDF", false, ["deriveBits"]);
      const algorithm = { name: "HKDF", hash: "SHA-256", salt: field("salt"), info: field("info") };
      const derived = await crypto.subtle.deriveBits(algorithm, key, one.size * 8).then(
        (bits) => Buffer.from(bits).toString("hex"),
        () => undefined,
      );
      if ((derived === one.okm) !== (one.result === "valid")) wrong.push(one.tcId);
    }
    expect(wrong).toEqual([]);
    expect(tests.length).toBeGreaterThan(80);
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
    canonical?: string[];
    header_type: string;
    must_fail?: boolean;
    can_fail?: boolean;
  };
  const files = present ? readdirSync(join(folder, "structured-fields")) : [];

  const cases = files.flatMap((file) =>
    (JSON.parse(read("structured-fields", file)) as Case[]).flatMap((one) =>
      one.raw === undefined || one.can_fail === true
        ? []
        : [{ ...one, name: `${file}: ${one.name}`, text: one.raw.join(", ") }],
    ),
  );
  /** Reads a field and writes it again; throws when it can't be read. */
  const written = (type: string, text: string) => {
    if (type === "dictionary") return serializeDictionary(parseDictionary(text));
    if (type === "list") return serializeList(parseList(text));
    return serializeItem(parseItem(text));
  };

  test("fields are accepted and refused as they should be", () => {
    const wrong = cases.filter(({ header_type, text, must_fail }) => {
      try {
        written(header_type, text);
        return must_fail === true;
      } catch {
        return must_fail !== true;
      }
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(cases.length).toBeGreaterThan(1500);
  });

  test("what is accepted is written in its canonical form, but for decimals without a fraction", () => {
    const wrong = cases.flatMap(({ name, header_type, text, must_fail, canonical }) => {
      if (must_fail === true) return [];
      const expected = canonical === undefined ? text : canonical.join(", ");
      return written(header_type, text) === expected ? [] : [{ name, expected }];
    });
    // The one thing that the parser gets wrong; times are therefore checked as text.
    const others = wrong.filter(({ expected }) => !/[0-9]\.0(;|$)/.test(expected));
    expect(others).toEqual([]);
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

  test("the P-256 signature of b24, of a response, verifies over the published base", async () => {
    const base = new Uint8Array(
      Buffer.from(read("rfc9421", "b24_response_sigbase.txt").replaceAll("\r\n", "\n").trimEnd()),
    );
    const field = /^Signature: .*?:(.*):/m.exec(read("rfc9421", "b24_response_signed.txt"))?.[1];
    const pem = read("rfc9421", "test-key-ecc-p256.pub").replaceAll(/-----.*?-----|\s/g, "");
    const point = new Uint8Array(Buffer.from(pem, "base64").subarray(-65));
    const signature = new Uint8Array(Buffer.from(field ?? "", "base64"));
    expect(await checkSignature(formatP256KeyId(point), signature, base)).toBe(true);
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
