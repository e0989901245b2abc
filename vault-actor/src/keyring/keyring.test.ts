import { secp256k1 } from "@noble/curves/secp256k1.js";
import { describe, expect, test } from "vitest";
import { recoverSigner } from "#protocol/proof/eip191";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { keyringMigration } from "../storage/migrations/0004-keyring.ts";
import { importKek } from "./kek.ts";
import { createKeyring } from "./keyring.ts";
import { readSecret } from "./store.ts";

const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const digest = new Uint8Array(32).fill(9);
const kek = importKek(new Uint8Array(32).fill(7));

function opened(id = vaultId, db = nodeDatabase()) {
  const exists = db.one("SELECT 1 AS one FROM sqlite_master WHERE name = 'secret'");
  if (exists === undefined) for (const sql of keyringMigration.statements) db.run(sql);
  const keks = async () => ({ current: 1, byVersion: new Map([[1, await kek]]) });
  return { db, keyring: createKeyring({ db, vaultId: () => id, keks, claimed: () => true }) };
}

describe("the keyring", () => {
  test("signs with a session key that it never returns", async () => {
    const { keyring, db } = opened();
    const { prepared, address, possession } = await keyring.prepareSession("s1", 1, digest);
    expect(recoverSigner(digest, possession)).toBe(address);
    keyring.write(prepared, 0);
    const signature = await keyring.withSessionKey("s1", (sign) => sign(digest));
    expect(recoverSigner(digest, signature)).toBe(address);
    expect(Object.values(readSecret(db, "s1") ?? {})).not.toContain(address);
  });

  test("a digest is signed as it is, without hashing it again", async () => {
    const { keyring } = opened();
    const { prepared } = await keyring.prepareSession("s1", 1, digest);
    keyring.write(prepared, 0);
    const other = new Uint8Array(32).fill(3);
    const signature = await keyring.withSessionKey("s1", (sign) => sign(other));
    expect(secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact").hasHighS()).toBe(
      false,
    );
  });

  test("a sealed key does not open in another vault", async () => {
    const first = opened();
    const { prepared } = await first.keyring.prepareSession("s1", 1, digest);
    first.keyring.write(prepared, 0);
    const thief = opened("eip155:1:0x0000000000000000000000000000000000000001", first.db);
    await expect(
      thief.keyring.withSessionKey("s1", (sign) => sign(new Uint8Array(32))),
    ).rejects.toThrow();
  });

  test.each([
    ["another name", "UPDATE secret SET secret_id = 's2'", "s2"],
    ["another epoch", "UPDATE secret SET epoch = 2", "s1"],
    [
      "an altered ciphertext",
      "UPDATE secret SET sealed = substr(sealed, 1, 20) || x'00' || substr(sealed, 22)",
      "s1",
    ],
  ])("a sealed key does not open under %s", async (_, sql, secretId) => {
    const { keyring, db } = opened();
    const { prepared } = await keyring.prepareSession("s1", 1, digest);
    keyring.write(prepared, 0);
    db.run(sql);
    await expect(
      keyring.withSessionKey(secretId, (sign) => sign(new Uint8Array(32))),
    ).rejects.toThrow();
  });

  test("the identity key signs and is not extractable", async () => {
    const { keyring } = opened();
    const { prepared, publicKey } = await keyring.prepareIdentity(vaultId, 1);
    keyring.write(prepared, 0);
    const key = await keyring.identity();
    expect(key.extractable).toBe(false);
    const message = new Uint8Array([1, 2, 3]);
    const signature = await crypto.subtle.sign("Ed25519", key, message);
    const verifier = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    expect(await crypto.subtle.verify("Ed25519", verifier, signature, message)).toBe(true);
  });
});
