/** Who holds a key, and of which kind it is, makes no difference to what it may do. */
import { expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { KeyGrant_Holder } from "#gen/vault/v1/key";
import { keyGrantAct } from "#protocol/acts/vault-acts";
import {
  ethereumSigner,
  generateEd25519Signer,
  generateP256Signer,
  type Signer,
} from "#protocol/proof/signer";
import { chainId, claimedVault, grantOf } from "./support/claimed-vault.ts";
import { consent, outcome } from "./support/members.ts";

const secret = () => crypto.getRandomValues(new Uint8Array(32));
const kinds: [string, () => Signer | Promise<Signer>][] = [
  ["p256", generateP256Signer],
  ["ed25519", generateEd25519Signer],
  ["eip155", () => ethereumSigner(chainId, secret())],
];
const holders = ["DEVICE", "SERVICE", "AGENT"] as const;
const cases = kinds.flatMap(([kind, make]) =>
  holders.map((holder) => [kind, holder, make] as const),
);

test.each(cases)("a %s key of a %s", async (_kind, name, make) => {
  const holder = KeyGrant_Holder[name];
  const vault = await claimedVault();
  const key = await make();
  const grant = { ...grantOf(key, [Scope.VAULT_READ, Scope.KEY_REVOKE_SELF]), holder };
  const build = keyGrantAct.bind(undefined, vault.vaultId, grant);
  const request = { parent: vault.name, requestId: crypto.randomUUID(), grant };
  await vault.client.vault.grantKey({ ...request, act: await consent([vault.owner], build) });

  const { vault: api } = vault.clientOf(key);
  const own = { name: vault.name };
  const again = { requestId: crypto.randomUUID() };
  const policy = { parent: vault.name, expectedVersion: 0n, policy: {}, ...again };
  const itself = () => ({ parent: vault.name, requestId: crypto.randomUUID() });
  expect([
    await outcome(api.getVault(own)),
    await outcome(api.createSession({ ...itself(), chain: `eip155:${chainId}` })),
    await outcome(api.freezeVault({ ...own, ...again })),
    await outcome(api.tightenPolicy(policy)),
    await outcome(api.grantKey(request)),
    await outcome(api.revokeOwnKey(itself())),
    await outcome(api.getVault(own)),
  ]).toEqual([
    "ok",
    "SCOPE_MISSING session.create",
    "SCOPE_MISSING vault.freeze",
    "SCOPE_MISSING policy.tighten",
    "FIELD_INVALID act required",
    "ok",
    "PROOF_REJECTED key_revoked",
  ]);
  const { keys } = await vault.client.vault.listKeys({ parent: vault.name });
  expect(keys[0]?.grant).toMatchObject({ holder, label: "a phone" });
  expect(keys[0]?.lastUseTime).toBeDefined();
});
