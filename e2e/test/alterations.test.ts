/** What a hostile gateway alters is altered, whatever chance has put there. */
import { expect, test } from "vitest";
import { alterations } from "../attack/gateway/alterations.ts";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const loot = {
  otherPath: "/metavault.vault.v1.VaultService/FreezeVault",
  otherVaultId: "eip155:1:0x0000000000000000000000000000000000000002",
  otherOrigin: "http://127.0.0.1:2",
  otherKeyIds: ["ed25519:other"],
};

test.each([...letters])("a nonce that begins with %s", async (letter) => {
  const spoil = alterations.find(({ name }) => name === "another nonce")?.spoil;
  const value = `mv=("@method");created=1;nonce="${letter.repeat(22)}";tag="metavault-v1"`;
  const request = {
    method: "POST",
    url: "http://127.0.0.1:1/metavault.vault.v1.VaultService/GetVault",
    headers: new Headers({ "signature-input": value }),
    body: new Uint8Array([1, 2]),
  };
  const spoiled = await spoil?.(request, loot);
  const altered = spoiled?.headers.get("signature-input");
  expect(altered).toMatch(/nonce="[A-Za-z0-9_-]{22}"/);
  expect(altered).not.toBe(value);
});
