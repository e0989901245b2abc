/** What happens to a vault between the arrival of a call and its answer. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import { VaultService } from "#gen/vault/v1/vault_service";
import { methodsByPath } from "#protocol/access";
import { signRequest } from "#protocol/proof/sign";
import { generateEd25519Signer } from "#protocol/proof/signer";
import { operatingVault, startMs, vaultId } from "../test/support/operating-vault.ts";
import { createFrontDoor } from "./front-door.ts";
import { revokeKey, writeKey } from "./identity/key-store.ts";
import { readVault } from "./identity/vault-store.ts";
import { fromGrant } from "./identity/wire.ts";

const origin = "https://api.metavault.example";
const nowMs = startMs + 60_000;

/** A vault with one key, and how a read of that key fares when `between` happens to it. */
async function outcome(between: (revoke: () => void, look: number) => void): Promise<string> {
  const { db } = await operatingVault({});
  const signer = await generateEd25519Signer();
  const grant = create(KeyGrantSchema, {
    keyId: signer.keyId,
    scopes: [Scope.VAULT_READ],
    expireTime: timestampFromMs(startMs + 3_600_000),
  });
  writeKey(db, fromGrant(grant, 1, startMs), grant);
  const identity = (await crypto.subtle.generateKey("Ed25519", false, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  let looks = 0;
  const door = createFrontDoor({
    db,
    vault: () => {
      looks += 1;
      between(() => revokeKey(db, signer.keyId, nowMs), looks);
      return readVault(db);
    },
    isOwnId: (id) => id === vaultId,
    origins: new Set([origin]),
    methods: methodsByPath([VaultService]),
    handle: async () => ({
      status: 200,
      headers: new Headers({ "content-type": "application/json" }),
      body: new TextEncoder().encode('"read"') as Uint8Array<ArrayBuffer>,
    }),
    identity: async () => identity.privateKey,
    attestation: () => expect.unreachable("the vault is claimed"),
    certifyIdentity: async () => "",
    createSchema: () => {},
    afterCommit: () => {},
    ready: async () => true,
    secure: async () => true,
    answered: () => {},
    now: () => nowMs,
  });
  const { url, headers, body } = await signRequest(
    {
      method: "POST",
      url: `${origin}/metavault.vault.v1.VaultService/GetVault`,
      headers: new Headers({ "content-type": "application/json" }),
      body: new TextEncoder().encode("{}") as Uint8Array<ArrayBuffer>,
    },
    { signer, vaultId, nowMs },
  );
  const response = await door(new Request(url, { method: "POST", headers, body }));
  const text = await response.text();
  return /"proof":"([a-z_]+)"/.exec(text)?.[1] ?? text;
}

test("a read of a key that is enrolled is answered", async () => {
  expect(await outcome(() => {})).toBe('"read"');
});

test.each([1, 2])("a key that is revoked before look %i at the vault reads nothing", async (n) => {
  const got = await outcome((revoke, look) => {
    if (look === n) revoke();
  });
  expect(got).toBe("key_revoked");
});
