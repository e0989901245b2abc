/** A vault of an Ethereum key, called through its object as the gateway would. */

import { env } from "cloudflare:test";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { type MemberSigner, walletMember } from "#client/member";
import { consentTo } from "#client/owner";
import { createVaultClient } from "#client/vault-client";
import { Scope } from "#gen/access/v1/access";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
} from "#gen/vault/v1/authority";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import type { Act, Consent } from "#protocol/acts/act";
import { claimVaultAct } from "#protocol/acts/vault-acts";
import { generateP256Signer, type Signer } from "#protocol/proof/signer";
import type { Env } from "../../src/env.ts";

/** The chain of the tests' configuration. Nothing listens there. */
export const chainId = 31_337;

/** The origin that callers sign for. */
export const origin = "https://api.metavault.example";

/** The Worker's bindings. */
export const bindings = env as unknown as Env;

/** An owner, its vault's id, and clients of that vault. */
export type TestVault = {
  readonly vaultId: string;
  readonly name: string;
  readonly memberId: string;
  /** The owner, whose key is the account itself. */
  readonly owner: MemberSigner;
  /** The same key as a wallet, which signs data of any shape. */
  readonly wallet: ReturnType<typeof privateKeyToAccount>;
  readonly stub: DurableObjectStub;
  readonly signer: Signer;
  readonly client: ReturnType<typeof createVaultClient>;
  /** A client of another key; `seen` gets the header fields of every answer. */
  readonly clientOf: (
    signer: Signer,
    seen?: (headers: Headers) => void,
  ) => ReturnType<typeof createVaultClient>;
  readonly consent: (
    build: (consent: Consent) => Act,
    epoch?: bigint,
  ) => ReturnType<typeof consentTo>;
};

/** A vault that nobody has claimed. */
export async function unclaimedVault(): Promise<TestVault> {
  const owner = privateKeyToAccount(generatePrivateKey());
  const vaultId = `eip155:${chainId}:${owner.address.toLowerCase()}`;
  const stub = bindings.METAVAULT.getByName(vaultId);
  const signer = await generateP256Signer();
  const clientOf: TestVault["clientOf"] = (signer, seen) =>
    createVaultClient(origin, {
      vaultId,
      signer,
      attestationKeyIds: [bindings.ATTESTATION_KEY_ID],
      async fetch(url, init) {
        const response = await stub.fetch(url, init);
        seen?.(response.headers);
        return response;
      },
    });
  return {
    vaultId,
    name: `vaults/${vaultId}`,
    memberId: vaultId,
    owner: walletMember(owner, chainId),
    wallet: owner,
    stub,
    signer,
    client: clientOf(signer),
    clientOf,
    consent: (build, epoch = 1n) => consentTo(owner, build, { chainId, epoch, nowMs: Date.now() }),
  };
}

/** The grant of a key. */
export function grantOf(signer: Signer, scopes: readonly Scope[]) {
  return create(KeyGrantSchema, {
    keyId: signer.keyId,
    holder: KeyGrant_Holder.DEVICE,
    label: "a phone",
    scopes: [...scopes],
    expireTime: timestampFromMs(Math.floor(Date.now() / 1000) * 1000 + 86_400_000),
    maxCallsPerMinute: 1000,
  });
}

/** All scopes. */
export const allScopes = Object.values(Scope).filter((scope) => scope !== Scope.UNSPECIFIED);

/** The message that claims a vault. */
export async function claimRequest(vault: TestVault, epoch = 0n) {
  const owner = create(Authority_MemberSchema, {
    kind: Authority_Member_Kind.EOA,
    id: vault.memberId,
    role: Authority_Member_Role.OWNER,
  });
  const grant = grantOf(vault.signer, allScopes);
  const build = claimVaultAct.bind(undefined, vault.vaultId, owner, grant);
  const act = await vault.consent(build, epoch);
  return { name: vault.name, requestId: crypto.randomUUID(), owner, grant, act };
}

/** A claimed vault. */
export async function claimedVault(): Promise<TestVault> {
  const vault = await unclaimedVault();
  await vault.client.vault.claimVault(await claimRequest(vault));
  return vault;
}
