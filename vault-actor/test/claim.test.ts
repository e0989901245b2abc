/** What an object is before and after its claim, in workerd. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { reasonOf } from "#protocol/errors";
import { generateP256Signer } from "#protocol/proof/signer";
import { MetavaultDO } from "../src/metavault.ts";
import {
  claimedVault,
  claimRequest,
  type TestVault,
  unclaimedVault,
} from "./support/claimed-vault.ts";

const tablesOf = (vault: TestVault) =>
  runInDurableObject(vault.stub, async (_object, state) => ({
    tables: state.storage.sql.exec("SELECT name FROM sqlite_master").toArray().length,
    alarm: await state.storage.getAlarm(),
  }));
const nothing = { tables: 0, alarm: null };
const reason = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);

test("the prototype has fetch and alarm and nothing else", () => {
  expect(Object.getOwnPropertyNames(MetavaultDO.prototype).sort()).toEqual([
    "alarm",
    "constructor",
    "fetch",
  ]);
});

test("an unclaimed vault says so, and writes nothing", async () => {
  const vault = await unclaimedVault();
  expect(await reason(vault.client.vault.getVault({ name: vault.name }))).toBe("VAULT_UNCLAIMED");
  const freeze = { name: vault.name, requestId: "12345678" };
  expect(await reason(vault.client.vault.freezeVault(freeze))).toBe("VAULT_UNCLAIMED");
  expect(await tablesOf(vault)).toEqual(nothing);
});

test("a claim that is not proved writes nothing", async () => {
  const vault = await unclaimedVault();
  const request = await claimRequest(vault, 7n);
  expect(await reason(vault.client.vault.claimVault(request))).toBe("OWNER_PROOF_REJECTED");
  const stranger = await unclaimedVault();
  const foreign = await claimRequest(stranger);
  const { owner } = request;
  const stolen = { ...foreign, name: vault.name, owner };
  expect(await reason(vault.client.vault.claimVault(stolen))).toBe("OWNER_PROOF_REJECTED");
  expect(await tablesOf(vault)).toEqual(nothing);
});

test("a claim for another account's name is refused", async () => {
  const vault = await unclaimedVault();
  const other = await unclaimedVault();
  const request = { ...(await claimRequest(vault)), name: other.name };
  expect(await reason(vault.client.vault.claimVault(request))).toBe("VAULT_MISMATCH");
  expect(await tablesOf(vault)).toEqual(nothing);
});

test("a claim must be signed with the key that it grants", async () => {
  const vault = await unclaimedVault();
  const other = vault.clientOf(await generateP256Signer());
  expect(await reason(other.vault.claimVault(await claimRequest(vault)))).toBe("FIELD_INVALID");
  expect(await tablesOf(vault)).toEqual(nothing);
});

test("a claimed vault answers, signed, and is not claimed again", async () => {
  const vault = await claimedVault();
  const { vault: record } = await vault.client.vault.getVault({ name: vault.name });
  expect(record?.identityKeyId).toBe(vault.client.identityKeyId());
  expect(await reason(vault.client.vault.claimVault(await claimRequest(vault)))).toBe(
    "VAULT_CLAIMED",
  );
});

test("an object believes no name but its own", async () => {
  const vault = await claimedVault();
  const other = await claimedVault();
  const request = new Request(
    "https://api.metavault.example/metavault.vault.v1.VaultService/GetVault",
    {
      method: "POST",
      headers: { "content-type": "application/json", "metavault-id": other.vaultId },
      body: "{}",
    },
  );
  const response = await vault.stub.fetch(request);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("HEADER_INVALID");
});
