/** Claims of accounts of every kind, on the chain whose nodes the tests stand in for. */
import { create } from "@bufbuild/protobuf";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { vi } from "vitest";
import { consentTo } from "#client/owner";
import { createVaultClient, type VaultClient } from "#client/vault-client";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
  type OwnerAct,
} from "#gen/vault/v1/authority";
import type { Act, Consent } from "#protocol/acts/act";
import { claimVaultAct } from "#protocol/acts/vault-acts";
import { type Address, formatAccount } from "#protocol/names";
import { generateP256Signer, type Signer } from "#protocol/proof/signer";
import { allScopes, bindings, grantOf, origin } from "./claimed-vault.ts";
import { FakeNodes } from "./fake-nodes.ts";
import { quorumChain } from "./test-chain.ts";

const { chainId } = quorumChain;

/** An Ethereum key. */
export type Key = ReturnType<typeof makeKey>;

/** Makes an Ethereum key. */
export function makeKey() {
  const wallet = privateKeyToAccount(generatePrivateKey());
  return { wallet, address: wallet.address.toLowerCase() as Address };
}

/** Puts nodes in place of the outside world. */
export function standInForNodes(): FakeNodes {
  const nodes = new FakeNodes();
  vi.stubGlobal("fetch", nodes.fetch);
  return nodes;
}

/** Who claims: a key in its own name, or in the name of a contract that accepts its signature. */
export type Claimant = {
  readonly key: Key;
  readonly contract?: Address;
  readonly deploySalt?: string;
  readonly signer: Signer;
};

/** Makes a claimant with a device key of its own. */
export async function makeClaimant(
  key: Key,
  more: { readonly contract?: Address; readonly deploySalt?: string } = {},
): Promise<Claimant> {
  return { key, ...more, signer: await generateP256Signer() };
}

/** A vault by its account, as callers see it. */
export function vaultOf(account: Address) {
  const vaultId = formatAccount({ chainId, address: account });
  const stub = bindings.METAVAULT.getByName(vaultId);
  const clientOf = (signer: Signer): VaultClient =>
    createVaultClient(origin, {
      vaultId,
      signer,
      attestationKeyIds: [bindings.ATTESTATION_KEY_ID],
      fetch: (url, init) => stub.fetch(url, init),
    });
  return { vaultId, name: `vaults/${vaultId}`, stub, clientOf };
}

/** The consent of a claimant to an act. */
export async function consentOf(
  { key, contract }: Claimant,
  build: (consent: Consent) => Act,
  epoch: bigint,
): Promise<OwnerAct> {
  const act = await consentTo(key.wallet, build, { chainId, epoch, nowMs: Date.now() });
  const [proof] = act.proofs;
  if (contract !== undefined && proof?.proof.case === "eip712") {
    proof.member = formatAccount({ chainId, address: contract });
    proof.proof = { case: "erc1271", value: proof.proof.value };
  }
  return act;
}

/** The message with which a claimant claims an account. */
export async function rootClaim(account: Address, claimant: Claimant) {
  const { vaultId, name } = vaultOf(account);
  const { key, contract, signer, deploySalt = "" } = claimant;
  const owner = create(Authority_MemberSchema, {
    kind: contract === undefined ? Authority_Member_Kind.EOA : Authority_Member_Kind.CONTRACT,
    id: formatAccount({ chainId, address: contract ?? key.address }),
    role: Authority_Member_Role.OWNER,
  });
  const grant = grantOf(signer, allScopes);
  const build = claimVaultAct.bind(undefined, vaultId, owner, grant);
  const act = await consentOf(claimant, build, 0n);
  return { name, requestId: crypto.randomUUID(), owner, grant, act, deploySalt };
}

/** Claims an account. */
export async function claimRoot(account: Address, claimant: Claimant) {
  const client = vaultOf(account).clientOf(claimant.signer);
  const { vault } = await client.vault.claimVault(await rootClaim(account, claimant));
  if (vault === undefined) throw new Error("no vault");
  return { client, vault };
}
