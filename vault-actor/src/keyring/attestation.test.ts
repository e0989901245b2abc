import { expect, test } from "vitest";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { importAttestationKey, pairAttestation } from "./attestation.ts";

async function makeKey() {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  const pkcs8 = (await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer;
  return { keyId: formatEd25519KeyId(new Uint8Array(raw)), pkcs8: new Uint8Array(pkcs8) };
}

test("the key signs, can't be read, and its bytes are wiped", async () => {
  const { keyId, pkcs8 } = await makeKey();
  const key = await importAttestationKey(pkcs8);
  expect(key.extractable).toBe(false);
  expect(pkcs8.every((byte) => byte === 0)).toBe(true);
  expect(await pairAttestation(key, keyId)).toEqual({ keyId, key });
});

test("a key under another's id is refused", async () => {
  const [mine, other] = [await makeKey(), await makeKey()];
  const key = await importAttestationKey(mine.pkcs8);
  await expect(pairAttestation(key, other.keyId)).rejects.toThrow("not one key");
  await expect(pairAttestation(key, "p256:AAAA")).rejects.toThrow("malformed");
});
