/** The second way in: the same vaults, the same proof, without the gateway. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createVaultClient } from "#client/vault-client";
import { FreezeVaultRequestSchema, GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { reasonOf } from "#protocol/errors";
import { generateP256Signer } from "#protocol/proof/signer";
import { refusalOf, send, signedCall } from "../scenario/raw-call.ts";
import { claimVault, type LiveVault, requestId } from "../scenario/vault.ts";
import { type Stack, startStack } from "../stack/stack.ts";

const service = "metavault.vault.v1.VaultService";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({ name: "ingress", persistent: false, progress: () => {} });
  vault = await claimVault(stack, "1");
});
afterAll(() => stack?.stop());

const by = () => ({ signer: vault.signer, vaultId: vault.owner.vaultId });
const atIngress = () => ({ ...stack, baseUrl: stack.ingressUrl });
const freeze = (at: Stack) =>
  signedCall(
    at,
    `${service}/FreezeVault`,
    FreezeVaultRequestSchema,
    { name: vault.name, requestId: requestId(), reason: "the gateway is not ours any more" },
    by(),
  );

describe("the second way in", () => {
  test("answers like the first, signed by the same vault", async () => {
    const direct = createVaultClient(stack.ingressUrl, {
      ...by(),
      identityKeyId: vault.client.identityKeyId() ?? "",
    });
    const [here, there] = await Promise.all([
      direct.vault.getVault({ name: vault.name }),
      vault.client.vault.getVault({ name: vault.name }),
    ]);
    expect(here.vault).toEqual(there.vault);
  });

  test("a call that was signed for one is not good at the other", async () => {
    const sign = (at: Stack) =>
      signedCall(at, `${service}/GetVault`, GetVaultRequestSchema, { name: vault.name }, by());
    const taken = await refusalOf(await send(await sign(stack), stack.ingressUrl));
    expect(taken.metadata.proof).toBe("bad_signature");
    const returned = await refusalOf(await send(await sign(atIngress()), stack.baseUrl));
    expect(returned.metadata.proof).toBe("bad_signature");
  });

  test("a stranger is refused by the vault", async () => {
    const client = createVaultClient(stack.ingressUrl, {
      vaultId: vault.owner.vaultId,
      signer: await generateP256Signer(),
      attestationKeyIds: [stack.secrets.attestationKeyId],
    });
    const call = client.vault.getVault({ name: vault.name });
    expect(await call.then(() => "ok", reasonOf)).toBe("PROOF_REJECTED");
  });

  test("what is no call to a vault is refused in the caller's protocol", async () => {
    const bare = await fetch(`${stack.ingressUrl}/${service}/GetVault`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect((await refusalOf(bare)).reason).toBe("HEADER_INVALID");
    const signals = await fetch(
      `${stack.ingressUrl}/metavault.signal.v1.SignalService/ListSeries`,
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      },
    );
    expect((await refusalOf(signals)).reason).toBe("METHOD_UNKNOWN");
    expect((await fetch(`${stack.ingressUrl}/healthz`)).status).toBe(200);
  });

  test("freezes the vault, once for each signature, and the first way sees it", async () => {
    const request = await freeze(atIngress());
    expect((await send(request)).status).toBe(200);
    expect((await refusalOf(await send(request))).metadata.proof).toBe("nonce_reused");
    const { vault: seen } = await vault.client.vault.getVault({ name: vault.name });
    expect(seen?.freeze?.reason).toBe("the gateway is not ours any more");
  });
});
