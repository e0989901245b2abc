/**
 * Builds and signs user operations of an owner's own account (HybridDeleGator, EntryPoint v0.7):
 * for what the owner does without a vault, and for revocations that are signed in advance.
 *
 * Needs no server of ours. A passkey signs the same digest with its own ceremony instead.
 */
import { type Hex, numberToHex } from "viem";
import { type PackedUserOperation, toPackedUserOperation } from "viem/account-abstraction";
import { packedOperationData } from "#protocol/account/packed-operation";
import {
  disableCall,
  revocationNonce,
  type SignedDelegationData,
} from "#protocol/account/revocation";
import type { Address } from "#protocol/names";

/** Signs typed data: a local account of viem, a hardware wallet. */
export type OperationWallet = {
  readonly signTypedData: (data: ReturnType<typeof packedOperationData>) => Promise<Hex>;
};

/** Fees for each unit of gas, in wei, and limits of gas. */
export type OperationGas = {
  readonly callGasLimit: bigint;
  readonly verificationGasLimit: bigint;
  readonly preVerificationGas: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
};

/** What an account shall do. */
export type AccountOperation = {
  readonly chainId: number;
  readonly entryPoint: Address;
  /** The account, which is deployed and pays. */
  readonly sender: Address;
  readonly nonce: bigint;
  readonly callData: Hex;
  readonly gas: OperationGas;
};

/** Enough for calls of an account whose owner is an Ethereum key. */
export const plentyOfGas = {
  callGasLimit: 1_000_000n,
  verificationGasLimit: 500_000n,
  preVerificationGas: 100_000n,
} as const;

/** Signs an operation. Returns it as the entry point takes it. */
export async function signOperation(
  wallet: OperationWallet,
  operation: AccountOperation,
): Promise<PackedUserOperation> {
  const { chainId, entryPoint, sender, nonce, callData, gas } = operation;
  const unsigned = toPackedUserOperation({ sender, nonce, callData, ...gas, signature: "0x" });
  const signature = await wallet.signTypedData(packedOperationData(unsigned, entryPoint, chainId));
  return { ...unsigned, signature };
}

/**
 * Signs what disables a session's permission, to be stored in the vault with StoreRevocation: the
 * operation as JSON. Offer far more than today's fees; it is sent on a bad day.
 */
export async function signRevocation(
  wallet: OperationWallet,
  permission: SignedDelegationData,
  frame: Omit<AccountOperation, "nonce" | "callData" | "sender"> & { readonly sessionName: string },
): Promise<string> {
  const { sessionName, gas } = frame;
  const sender = permission.delegator;
  const callData = disableCall(permission);
  const nonce = BigInt(revocationNonce(sessionName));
  const { signature } = await signOperation(wallet, { ...frame, sender, nonce, callData });
  const numbers = Object.fromEntries(
    Object.entries({ nonce, ...gas }).map(([name, value]) => [name, numberToHex(value)]),
  );
  return JSON.stringify({ sender, callData, ...numbers, signature });
}
