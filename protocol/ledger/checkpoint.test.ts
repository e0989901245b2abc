import { describe, expect, test } from "vitest";
import { formatEd25519KeyId } from "../proof/key-id.ts";
import { parseCheckpoint, signCheckpoint, verifyCheckpoint } from "./checkpoint.ts";

const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const otherId = "eip155:1:0x2b5ad5c4795c026514f8317c7a215e218dccd6cf";
const head = new Uint8Array(32).fill(7);

async function signed() {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  const identityKeyId = formatEd25519KeyId(new Uint8Array(raw));
  const by = { keyId: identityKeyId, key: pair.privateKey };
  return { note: await signCheckpoint(vaultId, { size: 42, head }, by), identityKeyId };
}

describe("a checkpoint", () => {
  test("is a signed note of three lines", async () => {
    const { note, identityKeyId } = await signed();
    const lines = note.split("\n");
    expect(lines).toHaveLength(6);
    expect(lines.slice(0, 2)).toEqual([`metavault/${vaultId}`, "42"]);
    expect(lines[4]).toMatch(new RegExp(`^— metavault/${vaultId} [A-Za-z0-9+/]+=*$`));
    expect(await verifyCheckpoint(note, { vaultId, identityKeyId })).toEqual({
      ok: true,
      value: { size: 42, head },
    });
  });

  test("of another vault, or by another key, is refused", async () => {
    const { note, identityKeyId } = await signed();
    const other = await signed();
    expect(await verifyCheckpoint(note, { vaultId: otherId, identityKeyId })).toMatchObject({
      error: "note_wrong_vault",
    });
    const { identityKeyId: wrong } = other;
    expect(await verifyCheckpoint(note, { vaultId, identityKeyId: wrong })).toMatchObject({
      error: "note_bad_signature",
    });
  });

  test.each<[string, (note: string) => string, string]>([
    ["another size", (note) => note.replace("\n42\n", "\n43\n"), "note_bad_signature"],
    ["a size of another spelling", (note) => note.replace("\n42\n", "\n042\n"), "note_malformed"],
    ["a line more", (note) => note.replace("\n42\n", "\n42\nmore\n"), "note_malformed"],
    ["no end", (note) => note.slice(0, -1), "note_malformed"],
    ["an end more", (note) => `${note}\n`, "note_malformed"],
    ["another name of the key", (note) => note.replace(/— \S+/, "— metavault/x"), "note_malformed"],
    ["a hyphen for a dash", (note) => note.replace("—", "-"), "note_malformed"],
    ["another head", (note) => note.replace("\nBwc", "\nCwc"), "note_bad_signature"],
    ["nothing in it", () => "", "note_malformed"],
  ])("with %s is refused", async (_, change, error) => {
    const { note, identityKeyId } = await signed();
    const changed = change(note);
    expect(changed).not.toBe(note);
    expect(await verifyCheckpoint(changed, { vaultId, identityKeyId })).toEqual({
      ok: false,
      error,
    });
  });

  test("no byte of it can change", async () => {
    const { note, identityKeyId } = await signed();
    for (let i = 0; i < note.length; i++) {
      const code = note.charCodeAt(i);
      const changed = note.slice(0, i) + String.fromCharCode(code ^ 1) + note.slice(i + 1);
      const { ok } = await verifyCheckpoint(changed, { vaultId, identityKeyId });
      expect(ok, `${i}`).toBe(false);
    }
    expect(parseCheckpoint(note)?.size).toBe(42);
  });
});
