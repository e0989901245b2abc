/**
 * Signs ERC-7710 delegations, to any address.
 *
 * Nothing here checks whom: `permission.ts` does, and is what applications call.
 */
import { create } from "@bufbuild/protobuf";
import { hashDelegation, ROOT_AUTHORITY } from "@metamask/delegation-core";
import { type Hex, hexToBytes } from "viem";
import { type Delegation, DelegationSchema } from "#gen/vault/v1/session";
import type { Address } from "#protocol/names";

/** One condition. */
export type CaveatTerms = { readonly enforcer: Address; readonly terms: Hex };

/** What is delegated, by which account to which, on which chain. */
export type DelegationFrame = {
  readonly chainId: number;
  readonly delegationManager: Address;
  readonly delegator: Address;
  readonly delegate: Address;
  readonly caveats: readonly CaveatTerms[];
  /** Tells equal delegations apart; below 2^256. */
  readonly salt: bigint;
};

/** A delegation that was signed, and its hash. */
export type SignedDelegation = { readonly delegation: Delegation; readonly hash: Hex };

/** Signs data of any EIP-712 shape. */
export type DelegationWallet = {
  readonly signTypedData: (data: ReturnType<typeof delegationTypedData>) => Promise<Hex>;
};

/** Lets the wallet sign a delegation. */
export async function signDelegation(
  wallet: DelegationWallet,
  frame: DelegationFrame,
): Promise<SignedDelegation> {
  const { delegator, delegate, caveats, salt } = frame;
  const unsigned = { delegate, delegator, authority: ROOT_AUTHORITY as Hex, caveats, salt };
  const data = delegationTypedData(unsigned, frame.chainId, frame.delegationManager);
  const signature = await wallet.signTypedData(data);
  const delegation = create(DelegationSchema, {
    ...unsigned,
    caveats: caveats.map(({ enforcer, terms }) => ({ enforcer, terms: hexToBytes(terms) })),
    salt: salt.toString(),
    signature: hexToBytes(signature),
  });
  const hash = hashDelegation({
    ...unsigned,
    caveats: caveats.map((caveat) => ({ ...caveat, args: "0x" as const })),
    signature,
  }) as Hex;
  return { delegation, hash };
}

function delegationTypedData(
  delegation: {
    readonly delegate: Address;
    readonly delegator: Address;
    readonly authority: Hex;
    readonly caveats: readonly CaveatTerms[];
    readonly salt: bigint;
  },
  chainId: number,
  delegationManager: Address,
) {
  return {
    domain: {
      name: "DelegationManager",
      version: "1",
      chainId,
      verifyingContract: delegationManager,
    },
    types: {
      Caveat: [
        { name: "enforcer", type: "address" },
        { name: "terms", type: "bytes" },
      ],
      Delegation: [
        { name: "delegate", type: "address" },
        { name: "delegator", type: "address" },
        { name: "authority", type: "bytes32" },
        { name: "caveats", type: "Caveat[]" },
        { name: "salt", type: "uint256" },
      ],
    },
    primaryType: "Delegation" as const,
    message: { ...delegation, caveats: [...delegation.caveats] },
  };
}
