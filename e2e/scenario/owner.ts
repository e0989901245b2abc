/** A vault owner on a local stack: an Ethereum key, its smart account, and what it consents to. */
import { randomBytes } from "node:crypto";
import { bytesToHex, type Hex, parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { consentTo } from "#client/owner";
import { type HybridAccount, hybridAccount } from "#protocol/account/hybrid-account";
import type { Act, Consent } from "#protocol/acts/act";
import { type Address, formatAccount } from "#protocol/names";
import { localChainId } from "../stack/chain/node.ts";
import type { Stack } from "../stack/stack.ts";

/** An owner and its account. */
export type Owner = {
  readonly account: ReturnType<typeof privateKeyToAccount>;
  readonly address: Address;
  readonly smartAccount: HybridAccount;
  readonly salt: Hex;
  /** The vault's id: the CAIP-10 id of the smart account. */
  readonly vaultId: string;
  /** The owner as a member of the authority. */
  readonly memberId: string;
  readonly consent: (
    build: (consent: Consent) => Act,
    epoch: bigint,
  ) => ReturnType<typeof consentTo>;
};

/** Makes an owner whose account is not deployed yet. */
export function makeOwner(stack: Stack): Owner {
  const account = privateKeyToAccount(generatePrivateKey());
  const address = account.address.toLowerCase() as Address;
  const salt = bytesToHex(randomBytes(32));
  const { accountFactory: factory, accountImplementation: implementation } = stack.deployment;
  const smartAccount = hybridAccount({ factory, implementation, owner: address, salt });
  const caip = (address: Address) => formatAccount({ chainId: localChainId, address });
  return {
    account,
    address,
    smartAccount,
    salt,
    vaultId: caip(smartAccount.address),
    memberId: caip(address),
    consent: (build, epoch) =>
      consentTo(account, build, { chainId: localChainId, epoch, nowMs: Date.now() }),
  };
}

/** Deploys the owner's account and funds it. */
export async function fundAccount(stack: Stack, owner: Owner, ether: string): Promise<void> {
  const { chain } = stack;
  await chain.tools.setBalance({ address: owner.address, value: parseEther("1") });
  const { factory, factoryData, address } = owner.smartAccount;
  const hash = await chain
    .wallet(owner.account)
    .sendTransaction({ to: factory, data: factoryData });
  const receipt = await chain.reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error("the account was not deployed");
  await chain.tools.setBalance({ address, value: parseEther(ether) });
}

const balanceAbi = [
  {
    type: "function",
    name: "balanceOf",
    stateMutability: "view",
    inputs: [{ name: "account", type: "address" }],
    outputs: [{ type: "uint256" }],
  },
] as const;

/** What an account holds. */
export async function balancesOf(stack: Stack, address: Address) {
  const [eth, usdc] = await Promise.all([
    stack.chain.reader.getBalance({ address }),
    stack.chain.reader.readContract({
      address: stack.deployment.usdc,
      abi: balanceAbi,
      functionName: "balanceOf",
      args: [address],
    }),
  ]);
  return { eth, usdc };
}

/** Transfers ether from a funded account of the local chain. */
export async function sendEther(stack: Stack, to: Address, ether: string): Promise<void> {
  await stack.chain.tools.setBalance({ address: to, value: parseEther(ether) });
}
