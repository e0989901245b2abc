import { createHash, createPublicKey, verify } from "node:crypto";
import { expect, test } from "vitest";
import published from "./audit.json" with { type: "json" };
import { buildAuditVectors } from "./build.ts";

test("the published file is what the generator makes", async () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(await buildAuditVectors())));
});

test("each file shows what its name says, and only the whole ones hold", () => {
  const found = Object.fromEntries(
    published.vectors.map(({ name, problems }) => [name, problems.map(({ code }) => code)]),
  );
  expect(found).toMatchObject({
    "as the vault wrote it": [],
    "with an earlier checkpoint": [],
    "an earlier export": [],
    "an earlier export with a later checkpoint": ["checkpoint_size"],
    "with a checkpoint of another history": ["checkpoint_head"],
    "a changed fact": ["hash_wrong"],
    "a changed time": ["hash_wrong"],
    "no checkpoint": ["checkpoint_missing"],
    "a cut last line": ["file_truncated"],
    "its last entries removed": ["checkpoint_size"],
    "a proof removed": ["hash_wrong"],
    "a key that was never granted": ["key_unknown"],
    "a key that was revoked": ["key_revoked"],
    "a grant without the owners' consent": ["consent_missing"],
  });
  expect(found["a removed entry"]).toContain("entry_missing");
  expect(found["an entry twice"]).toContain("entry_out_of_order");
  expect(found["two entries swapped"]).toContain("entry_out_of_order");
  expect(found["the proof of another call"]).toContain("hash_wrong");
  expect(found["an entry of another vault"]).toContain("proof_vault");
  expect(found["another vault's certificate"]).not.toEqual([]);
  expect(found["a line in another spelling"]).toContain("line_malformed");
});

test("the format can be read with nothing but a hash and a signature", () => {
  // As docs/audit.md says, without any of the project's code.
  const lines = (published.vectors[0]?.file ?? []).map((at) =>
    JSON.parse(published.lines[at] ?? ""),
  );
  const sha256 = (...parts: (Buffer | string)[]) => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  };
  let previous = "0".repeat(64);
  const entries = lines.slice(1, -1);
  expect(entries.length).toBeGreaterThan(8);
  for (const [index, entry] of entries.entries()) {
    const fields = [
      index + 1,
      entry.timeMs,
      entry.kind,
      entry.actor,
      entry.subject,
      entry.facts,
      ...(entry.proof === undefined
        ? []
        : [
            sha256(
              `${entry.proof.keyId}\n${Buffer.from(entry.proof.base).toString("base64")}\n${entry.proof.signature}`,
            ),
          ]),
    ];
    const line = fields.map((field) => JSON.stringify(field)).join("\t");
    expect(entry.previousHash).toBe(previous);
    expect(entry.hash).toBe(sha256(Buffer.from(previous, "hex"), line));
    previous = entry.hash;
  }
  const [text = "", signature = ""] = lines.at(-1).checkpoint.split("\n\n— ");
  const [name, blob] = signature.trim().split(" ");
  const key = Buffer.from(published.identityKeyId.slice("ed25519:".length), "base64url");
  const stamp = Buffer.from(blob ?? "", "base64")
    .subarray(0, 4)
    .toString("hex");
  expect(sha256(`${name}\n\u0001`, key).slice(0, 8)).toBe(stamp);
  const jwk = { kty: "OKP", crv: "Ed25519", x: key.toString("base64url") };
  const signed = Buffer.from(blob ?? "", "base64").subarray(4);
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  expect(verify(null, Buffer.from(`${text}\n`), publicKey, signed)).toBe(true);
  expect(text.split("\n")).toEqual([
    name,
    String(entries.length),
    Buffer.from(previous, "hex").toString("base64"),
  ]);
});
