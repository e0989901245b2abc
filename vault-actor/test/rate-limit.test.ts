/** The limits of calls, in workerd: the same for whoever holds the key. */
import { expect, test, vi } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { KeyGrant_Holder } from "#gen/vault/v1/key";
import { keyGrantAct, keyRevokeAct } from "#protocol/acts/vault-acts";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import {
  ethereumSigner,
  generateEd25519Signer,
  generateP256Signer,
  type Signer,
} from "#protocol/proof/signer";
import { strangersPerMinute } from "../src/identity/call-limits.ts";
import { claimedVault, grantOf, type TestVault } from "./support/claimed-vault.ts";

const requestId = () => crypto.randomUUID();

async function grantKey(
  vault: TestVault,
  signer: Signer,
  change: { readonly maxCallsPerMinute: number; readonly holder: KeyGrant_Holder },
) {
  const grant = { ...grantOf(signer, [Scope.VAULT_READ, Scope.VAULT_FREEZE]), ...change };
  const act = await vault.consent(keyGrantAct.bind(undefined, vault.vaultId, grant));
  await vault.client.vault.grantKey({ parent: vault.name, requestId: requestId(), grant, act });
  return vault.clientOf(signer).vault;
}

const holders: [string, () => Promise<Signer>, KeyGrant_Holder][] = [
  ["a person's device", generateP256Signer, KeyGrant_Holder.DEVICE],
  ["an agent", generateEd25519Signer, KeyGrant_Holder.AGENT],
  ["a service", generateEd25519Signer, KeyGrant_Holder.SERVICE],
  [
    "an Ethereum key",
    async () => ethereumSigner(1, crypto.getRandomValues(new Uint8Array(32))),
    KeyGrant_Holder.DEVICE,
  ],
];

test.each(holders)(
  "the key of %s reads ten times as often as it changes",
  async (_, make, holder) => {
    const vault = await claimedVault();
    const api = await grantKey(vault, await make(), { maxCallsPerMinute: 2, holder });
    const read = () => api.getVault({ name: vault.name });
    const freeze = () => api.freezeVault({ name: vault.name, requestId: requestId() });
    const outcome = (call: Promise<unknown>) =>
      call.then(
        () => "ok",
        (error: unknown) => {
          const info = errorInfoOf(error);
          const seconds = Number(info?.retryAfter?.seconds ?? 0);
          expect(seconds).toBeLessThanOrEqual(60);
          expect(seconds + (info?.retryAfter?.nanos ?? 0)).toBeGreaterThan(0);
          return `${reasonOf(error)} ${info?.metadata.limit}`;
        },
      );
    expect(await outcome(freeze())).toBe("ok");
    expect(await outcome(freeze())).toBe("ok");
    expect(await outcome(freeze())).toBe("RATE_LIMITED 2/60s");
    const outcomes: string[] = [];
    for (let i = 0; i < 20; i++) outcomes.push(await outcome(read()));
    // The changes, refused ones too, and the SDK's look at the certificate count as calls; a
    // token may have come back meanwhile.
    const admitted = outcomes.filter((one) => one === "ok").length;
    expect([16, 17]).toContain(admitted);
    expect(new Set(outcomes)).toEqual(new Set(["ok", "RATE_LIMITED 20/60s"]));
    // Nobody else is slowed down.
    expect(await outcome(vault.client.vault.getVault({ name: vault.name }))).toBe("ok");
  },
);

test("a flood of strangers is turned away before its signatures are looked at; keys go on", async () => {
  const vault = await claimedVault();
  const stranger = vault.clientOf(await generateP256Signer()).vault;
  const act = await vault.consent(keyRevokeAct.bind(undefined, vault.vaultId, "ed25519:none"));
  const revoke = () =>
    stranger
      .revokeKey({ name: `${vault.name}/keys/ed25519:none`, requestId: requestId(), act })
      .then(() => "ok", reasonOf);
  expect(await revoke()).not.toBe("RATE_LIMITED");
  const garbage = () =>
    vault.stub.fetch("https://api.metavault.example/metavault.vault.v1.VaultService/GetVault", {
      method: "POST",
      headers: { "content-type": "application/json", "metavault-id": vault.vaultId },
      body: "{}",
    });
  for (let i = 0; i < strangersPerMinute; i += 250) {
    await Promise.all(Array.from({ length: 250 }, async () => (await garbage()).body?.cancel()));
  }
  // A few tokens come back while the flood runs. The client verifies answers with Ed25519.
  const verify = vi.spyOn(crypto.subtle, "verify");
  const outcomes = await Promise.all(Array.from({ length: 300 }, revoke));
  const looked = verify.mock.calls.filter(([algorithm]) => algorithm !== "Ed25519").length;
  vi.restoreAllMocks();
  const admitted = outcomes.filter((outcome) => outcome !== "RATE_LIMITED").length;
  expect(admitted).toBeLessThan(150);
  expect(looked).toBe(admitted);
  expect((await vault.client.vault.getVault({ name: vault.name })).vault?.name).toBe(vault.name);
});
