/** Keys, scopes, repeats and freezes, in workerd. */
import { expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { keyGrantAct, keyRevokeAct, unfreezeAct } from "#protocol/acts/vault-acts";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { generateEd25519Signer, generateP256Signer, type Signer } from "#protocol/proof/signer";
import { claimedVault, grantOf, type TestVault } from "./support/claimed-vault.ts";

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => {
      const { proof, scope, cause } = errorInfoOf(error)?.metadata ?? {};
      return [reasonOf(error), proof ?? scope ?? cause].filter(Boolean).join(" ");
    },
  );

const requestId = () => crypto.randomUUID();

async function grantKey(vault: TestVault, signer: Signer, scopes: readonly Scope[]) {
  const grant = grantOf(signer, scopes);
  const act = await vault.consent(keyGrantAct.bind(undefined, vault.vaultId, grant));
  return { parent: vault.name, requestId: requestId(), grant, act };
}

test("a key does what its scopes say and no more", async () => {
  const vault = await claimedVault();
  const agent = await generateEd25519Signer();
  await vault.client.vault.grantKey(await grantKey(vault, agent, [Scope.VAULT_READ]));
  const { vault: api } = vault.clientOf(agent);
  expect(await outcome(api.getVault({ name: vault.name }))).toBe("ok");
  const freeze = { name: vault.name, requestId: requestId() };
  expect(await outcome(api.freezeVault(freeze))).toBe("SCOPE_MISSING vault.freeze");
});

test("a key without the owner's consent gets nowhere", async () => {
  const vault = await claimedVault();
  const stranger = await generateP256Signer();
  const { vault: api } = vault.clientOf(stranger);
  expect(await outcome(api.getVault({ name: vault.name }))).toBe("PROOF_REJECTED unknown_key");
  const other = await claimedVault();
  const foreign = await grantKey(other, stranger, [Scope.VAULT_READ]);
  const request = { ...foreign, parent: vault.name };
  expect(await outcome(api.grantKey(request))).toBe("OWNER_PROOF_REJECTED member");
});

test("a consent is good for one act, once", async () => {
  const vault = await claimedVault();
  const [first, second] = [await generateP256Signer(), await generateP256Signer()];
  const request = await grantKey(vault, first, [Scope.VAULT_READ]);
  await vault.client.vault.grantKey(request);
  const again = { ...request, requestId: requestId() };
  expect(await outcome(vault.client.vault.grantKey(again))).toBe("OWNER_PROOF_REJECTED act_reused");
  const wider = { ...request, requestId: requestId(), grant: grantOf(second, [Scope.VAULT_READ]) };
  expect(await outcome(vault.client.vault.grantKey(wider))).toBe("OWNER_PROOF_REJECTED signature");
});

test("a revoked key is refused at once, and stays known", async () => {
  const vault = await claimedVault();
  const phone = await generateP256Signer();
  await vault.client.vault.grantKey(await grantKey(vault, phone, [Scope.VAULT_READ]));
  const name = `${vault.name}/keys/${phone.keyId}`;
  const act = await vault.consent(keyRevokeAct.bind(undefined, vault.vaultId, phone.keyId));
  await vault.client.vault.revokeKey({ name, requestId: requestId(), act });
  const { vault: api } = vault.clientOf(phone);
  expect(await outcome(api.getVault({ name: vault.name }))).toBe("PROOF_REJECTED key_revoked");
});

test("a repeat of a request id gives the first answer; another request under it is refused", async () => {
  const vault = await claimedVault();
  const id = requestId();
  const freeze = { name: vault.name, requestId: id, reason: "first" };
  const first = await vault.client.vault.freezeVault(freeze);
  const repeat = await vault.client.vault.freezeVault(freeze);
  expect(repeat).toEqual(first);
  const other = { ...freeze, reason: "second" };
  expect(await outcome(vault.client.vault.freezeVault(other))).toBe("REQUEST_ID_REUSED");
});

test("a freeze is lifted by the owner alone", async () => {
  const vault = await claimedVault();
  await vault.client.vault.freezeVault({
    name: vault.name,
    requestId: requestId(),
    reason: "theft",
  });
  const { vault: frozen } = await vault.client.vault.getVault({ name: vault.name });
  expect(frozen?.freeze?.reason).toBe("theft");
  const stranger = await claimedVault();
  const wrong = await stranger.consent(unfreezeAct.bind(undefined, vault.vaultId));
  const call = { name: vault.name, requestId: requestId() };
  expect(await outcome(vault.client.vault.unfreezeVault({ ...call, act: wrong }))).toBe(
    "OWNER_PROOF_REJECTED member",
  );
  const act = await vault.consent(unfreezeAct.bind(undefined, vault.vaultId));
  const { vault: lifted } = await vault.client.vault.unfreezeVault({ ...call, act });
  expect(lifted?.freeze).toBeUndefined();
});

test("the ledger links every entry to the one before", async () => {
  const vault = await claimedVault();
  await vault.client.vault.freezeVault({ name: vault.name, requestId: requestId() });
  const { ledgerEntries } = await vault.client.vault.listLedgerEntries({ parent: vault.name });
  expect(ledgerEntries.map((entry) => entry.sequence)).toEqual([2n, 1n]);
  expect(ledgerEntries[0]?.previousHash).toEqual(ledgerEntries[1]?.hash);
});
