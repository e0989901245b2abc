/** Accounts of every kind on a local stack, and those that claim their vaults. */
import { randomBytes } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { bytesToHex, encodeFunctionData, type Hex, parseAbi, parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { consentTo } from "#client/owner";
import { createVaultClient } from "#client/vault-client";
import { Scope } from "#gen/access/v1/access";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
} from "#gen/vault/v1/authority";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { type HybridAccount, hybridAccount } from "#protocol/account/hybrid-account";
import { claimVaultAct } from "#protocol/acts/vault-acts";
import { type Address, formatAccount, vaultName } from "#protocol/names";
import { generateP256Signer } from "#protocol/proof/signer";
import { localChainId } from "../stack/chain/node.ts";
import type { Stack } from "../stack/stack.ts";
import type { Owner } from "./owner.ts";
import { type LiveVault, requestId } from "./vault.ts";

/** An Ethereum key of an owner. */
export type Wallet = Owner["account"];

/** An Ethereum key with ether for fees. */
export async function makeWallet({ chain }: Stack): Promise<Wallet> {
  const wallet = privateKeyToAccount(generatePrivateKey());
  await chain.tools.setBalance({ address: wallet.address, value: parseEther("10") });
  return wallet;
}

/** The address of a key in lowercase. */
export function addressOf(wallet: Wallet): Address {
  return wallet.address.toLowerCase() as Address;
}

/** Deploys a HybridDeleGator that a key, a contract or a passkey owns. */
export async function deployAccount(
  stack: Stack,
  payer: Wallet,
  owner: Parameters<typeof hybridAccount>[0]["owner"],
): Promise<HybridAccount & { readonly salt: Hex }> {
  const { accountFactory: factory, accountImplementation: implementation } = stack.deployment;
  const salt = bytesToHex(randomBytes(32));
  const account = hybridAccount({ factory, implementation, owner, salt });
  await transact(stack, payer, { to: factory, data: account.factoryData });
  return { ...account, salt };
}

/** Gives an account another owner, as a user operation of its present owner would. */
export async function transferOwnership(stack: Stack, account: Address, to: Address) {
  const { tools, reader } = stack.chain;
  const abi = parseAbi(["function transferOwnership(address)"]);
  const data = encodeFunctionData({ abi, functionName: "transferOwnership", args: [to] });
  await tools.setBalance({ address: account, value: parseEther("10") });
  await tools.impersonateAccount({ address: account });
  const hash = await tools.sendUnsignedTransaction({ from: account, to: account, data });
  await tools.stopImpersonatingAccount({ address: account });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error("the owner was not changed");
}

/** Lets a key's own account act by a contract's code (EIP-7702). */
export async function delegateTo(stack: Stack, wallet: Wallet, contractAddress: Address) {
  const client = stack.chain.wallet(wallet);
  const authorization = await client.signAuthorization({ contractAddress, executor: "self" });
  const hash = await client.sendTransaction({
    to: wallet.address,
    authorizationList: [authorization],
  });
  await stack.chain.reader.waitForTransactionReceipt({ hash });
}

/** Who claims an account: a key in its own name, or in the account's (ERC-1271). */
export async function claimantOf(
  stack: Stack,
  account: HybridAccount | Address,
  wallet: Wallet,
  more: { readonly inItsName?: boolean; readonly salt?: Hex } = {},
): Promise<LiveVault & { readonly claim: () => ReturnType<typeof claim> }> {
  const at = typeof account === "string" ? account : account.address;
  const smartAccount =
    typeof account === "string"
      ? { address: at, factory: at, factoryData: "0x" as const }
      : account;
  const caip = (address: Address) => formatAccount({ chainId: localChainId, address });
  const vaultId = caip(at);
  const memberId = more.inItsName === true ? vaultId : caip(addressOf(wallet));
  const owner: Owner = {
    account: wallet,
    address: addressOf(wallet),
    smartAccount,
    salt: more.salt ?? "0x",
    vaultId,
    memberId,
    async consent(build, epoch) {
      const act = await consentTo(wallet, build, {
        chainId: localChainId,
        epoch,
        nowMs: Date.now(),
      });
      const [proof] = act.proofs;
      if (more.inItsName === true && proof?.proof.case === "eip712") {
        proof.member = memberId;
        proof.proof = { case: "erc1271", value: proof.proof.value };
      }
      return act;
    },
  };
  const signer = await generateP256Signer();
  const client = createVaultClient(stack.baseUrl, {
    vaultId,
    signer,
    attestationKeyIds: [stack.secrets.attestationKeyId],
  });
  const vault = { stack, owner, name: vaultName(vaultId), signer, client };
  return { ...vault, claim: () => claim(vault, more.inItsName === true) };
}

async function claim({ owner, name, signer, client }: LiveVault, inItsName: boolean) {
  const member = create(Authority_MemberSchema, {
    kind: inItsName ? Authority_Member_Kind.CONTRACT : Authority_Member_Kind.EOA,
    id: owner.memberId,
    role: Authority_Member_Role.OWNER,
  });
  const grant = create(KeyGrantSchema, {
    keyId: signer.keyId,
    holder: KeyGrant_Holder.DEVICE,
    label: "the owner's phone",
    scopes: [Scope.VAULT_READ, Scope.SESSION_CREATE],
    expireTime: timestampFromMs(Math.floor(Date.now() / 1000) * 1000 + 86_400_000),
  });
  const { vault } = await client.vault.claimVault({
    name,
    requestId: requestId(),
    owner: member,
    grant,
    act: await owner.consent(claimVaultAct.bind(undefined, owner.vaultId, member, grant), 0n),
    ...(owner.salt === "0x" ? {} : { deploySalt: owner.salt }),
  });
  if (vault === undefined) throw new Error("no vault");
  return vault;
}

async function transact(stack: Stack, wallet: Wallet, call: { to: Address; data: Hex }) {
  const hash = await stack.chain.wallet(wallet).sendTransaction(call);
  const receipt = await stack.chain.reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error("a transaction was reverted");
}
