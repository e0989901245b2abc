/** The vault's certificate, and who signs for a vault that nobody has claimed, in workerd. */
import { runInDurableObject } from "cloudflare:test";
import { create, toJsonString } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { keyGrantAct, sessionRevokeAct } from "#protocol/acts/vault-acts";
import { verifyCertificate } from "#protocol/certificate/verify";
import { reasonOf } from "#protocol/errors";
import { verifyResponse } from "#protocol/proof/response";
import { signRequest } from "#protocol/proof/sign";
import { generateP256Signer } from "#protocol/proof/signer";
import {
  bindings,
  chainId,
  claimedVault,
  claimRequest,
  grantOf,
  origin,
  type TestVault,
  unclaimedVault,
} from "./support/claimed-vault.ts";

const attestationKeyId = bindings.ATTESTATION_KEY_ID;
const requestId = () => crypto.randomUUID();

async function checked(vault: TestVault, jws: string) {
  const options = { attestationKeyIds: [attestationKeyId], vaultId: vault.vaultId };
  const result = await verifyCertificate(jws, { ...options, nowMs: Date.now() });
  return result.ok ? result.value : expect.unreachable(result.error);
}

const fetched = async (vault: TestVault) => {
  const { certificate } = await vault.client.vault.getCertificate({ name: vault.name });
  return { jws: certificate, ...(await checked(vault, certificate)) };
};

async function newSession(vault: TestVault) {
  const { session } = await vault.client.vault.createSession({
    parent: vault.name,
    requestId: requestId(),
    chain: `eip155:${chainId}`,
  });
  return session ?? expect.unreachable();
}

/** A signed GetVault as bytes, to the object of `to`, and its answer with who signed it. */
async function rawCall(vault: TestVault, to = vault, body?: Uint8Array<ArrayBuffer>) {
  const message = create(GetVaultRequestSchema, { name: vault.name });
  const json = toJsonString(GetVaultRequestSchema, message);
  const signed = await signRequest(
    {
      method: "POST",
      url: `${origin}/metavault.vault.v1.VaultService/GetVault`,
      headers: new Headers({ "content-type": "application/json" }),
      body: body ?? new Uint8Array(new TextEncoder().encode(json)),
    },
    { signer: vault.signer, vaultId: vault.vaultId, nowMs: Date.now() },
  );
  const response = await to.stub.fetch(signed.url, {
    method: "POST",
    headers: signed.headers,
    body: signed.body,
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const verified = await verifyResponse(
    { status: response.status, headers: response.headers, body: bytes },
    { requestHeaders: signed.headers, vaultId: vault.vaultId },
  );
  const text = new TextDecoder().decode(bytes);
  return { text, signedBy: verified.ok ? verified.value.keyId : verified.error };
}

describe("the certificate", () => {
  test("comes with the claim, names the identity, and is the same for a repeat", async () => {
    const vault = await unclaimedVault();
    const request = await claimRequest(vault);
    const first = await vault.client.vault.claimVault(request);
    const certificate = await checked(vault, first.certificate);
    expect(certificate).toMatchObject({
      vaultId: vault.vaultId,
      claimEpoch: 1,
      identityKeyId: vault.client.identityKeyId(),
      issuer: origin,
      codeVersion: "test",
      sessions: [],
    });
    expect(certificate.identityKeyId).toBe(first.vault?.identityKeyId);
    expect(certificate.expireSeconds - certificate.issuedSeconds).toBe(3 * 86_400);
    expect(await vault.client.vault.claimVault(request)).toEqual(first);
  });

  test("names the live sessions, each with its own proof, and follows them", async () => {
    const vault = await claimedVault();
    const [first, second] = [await newSession(vault), await newSession(vault)];
    const { sessions } = await fetched(vault);
    expect(sessions.map(({ address, chain }) => ({ address, chain }))).toEqual([
      { address: second.keyAddress, chain: `eip155:${chainId}` },
      { address: first.keyAddress, chain: `eip155:${chainId}` },
    ]);
    const { name } = first;
    const build = sessionRevokeAct.bind(undefined, vault.vaultId, name);
    const act = await vault.consent(build);
    await vault.client.vault.revokeSession({ name, requestId: requestId(), act });
    const left = (await fetched(vault)).sessions.map(({ address }) => address);
    expect(left).toEqual([second.keyAddress]);
  });

  test("is kept as long as it is true", async () => {
    const vault = await claimedVault();
    const first = await fetched(vault);
    expect((await fetched(vault)).jws).toBe(first.jws);
    await newSession(vault);
    expect((await fetched(vault)).jws).not.toBe(first.jws);
  });

  test("leaves out a session that never proved itself, or did for another vault", async () => {
    const vault = await claimedVault();
    const [proved, silent, foreign] = [
      await newSession(vault),
      await newSession(vault),
      await newSession(vault),
    ];
    const ids = [silent.name, foreign.name].map((name) => name.split("/").at(-1));
    await runInDurableObject(vault.stub, (_object, { storage }) => {
      const [none, other] = ids;
      storage.sql.exec("UPDATE session SET possession = NULL WHERE session_id = ?", none);
      storage.sql.exec(
        `UPDATE session SET possession =
          (SELECT possession FROM session WHERE key_address = ?) WHERE session_id = ?`,
        proved.keyAddress,
        other,
      );
    });
    const { sessions } = await fetched(vault);
    expect(sessions.map(({ address }) => address)).toEqual([proved.keyAddress]);
  });

  test("is for readers; others get the identity with their refusal, and no session", async () => {
    const vault = await claimedVault();
    await newSession(vault);
    const agent = await generateP256Signer();
    const grant = grantOf(agent, [Scope.TRIGGER_READ]);
    const act = await vault.consent(keyGrantAct.bind(undefined, vault.vaultId, grant));
    await vault.client.vault.grantKey({ parent: vault.name, requestId: requestId(), grant, act });
    for (const [signer, expected] of [
      [agent, "SCOPE_MISSING"],
      [await generateP256Signer(), "PROOF_REJECTED"],
    ] as const) {
      let field: string | null = null;
      const client = vault.clientOf(signer, (headers) => {
        field = headers.get("metavault-certificate");
      });
      const call = client.vault.getCertificate({ name: vault.name });
      expect(await call.then(() => "ok", reasonOf)).toBe(expected);
      expect(await checked(vault, field ?? "")).toMatchObject({
        identityKeyId: vault.client.identityKeyId(),
        sessions: [],
      });
    }
  });
});

describe("an unclaimed vault", () => {
  test("refuses under the attestation key, and has no certificate", async () => {
    const vault = await unclaimedVault();
    const { text, signedBy } = await rawCall(vault);
    expect(text).toContain("VAULT_UNCLAIMED");
    expect(signedBy).toBe(attestationKeyId);
    const call = vault.client.vault.getCertificate({ name: vault.name });
    expect(await call.then(() => "ok", reasonOf)).toBe("VAULT_UNCLAIMED");
  });

  test("does so for a body that is too large, as a claimed one does under its own", async () => {
    const large = new Uint8Array(1_048_577);
    const vault = await unclaimedVault();
    const before = await rawCall(vault, vault, large);
    expect(before.text).toContain("BODY_TOO_LARGE");
    expect(before.signedBy).toBe(attestationKeyId);
    await vault.client.vault.claimVault(await claimRequest(vault));
    const after = await rawCall(vault, vault, large);
    expect(after.text).toContain("BODY_TOO_LARGE");
    expect(after.signedBy).toBe(vault.client.identityKeyId());
  });

  test("signs nothing for another vault", async () => {
    const [vault, other] = [await unclaimedVault(), await unclaimedVault()];
    expect((await rawCall(vault, other)).signedBy).toBe("response_unsigned");
    const claimed = await claimedVault();
    expect((await rawCall(vault, claimed)).signedBy).toBe("response_foreign");
  });
});
