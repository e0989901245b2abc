/**
 * Builds the on-chain permission that an owner grants to a session: an ERC-7710 delegation.
 *
 * Off chain and free until it is used. What it allows is the most that the session key can
 * ever do, whoever holds it: these targets and selectors, this much a window, until then.
 */
import { create } from "@bufbuild/protobuf";
import {
  createAllowedCalldataTerms,
  createAllowedMethodsTerms,
  createAllowedTargetsTerms,
  createNativeTokenPeriodTransferTerms,
  createRedeemerTerms,
  createTimestampTerms,
  hashDelegation,
  ROOT_AUTHORITY,
} from "@metamask/delegation-core";
import { type Hex, hexToBytes, pad, toHex } from "viem";
import { type Delegation, DelegationSchema } from "#gen/vault/v1/session";
import type { Address } from "#protocol/names";

/** The caveat enforcers of a chain. */
export type CaveatEnforcers = {
  readonly allowedTargets: Address;
  readonly allowedMethods: Address;
  readonly allowedCalldata: Address;
  readonly nativeTokenPeriodTransfer: Address;
  readonly timestamp: Address;
  readonly redeemer: Address;
};

/** One condition. */
export type CaveatTerms = { readonly enforcer: Address; readonly terms: Hex };

/** A permission to swap native value on one Uniswap v3 pool, back into the vault's account. */
export type SwapPermission = {
  readonly router: Address;
  readonly selector: Hex;
  readonly tokenIn: Address;
  readonly tokenOut: Address;
  readonly fee: number;
  readonly vaultAccount: Address;
  readonly sessionAccount: Address;
  /** The most native value a window, in base units. */
  readonly maxPerWindow: bigint;
  readonly windowSeconds: number;
  readonly startSeconds: number;
  readonly expireSeconds: number;
};

/** The conditions of a swap permission. */
export function swapCaveats(
  enforcers: CaveatEnforcers,
  permission: SwapPermission,
): readonly CaveatTerms[] {
  const { router, selector, tokenIn, tokenOut, fee, vaultAccount } = permission;
  // The first four words of `exactInputSingle`: what is sold, what is bought, where, for whom.
  const words = [pad(tokenIn), pad(tokenOut), pad(toHex(fee), { size: 32 }), pad(vaultAccount)];
  const value = `0x${words.map((word) => word.slice(2)).join("")}` as const;
  return [
    {
      enforcer: enforcers.allowedTargets,
      terms: createAllowedTargetsTerms({ targets: [router] }) as Hex,
    },
    {
      enforcer: enforcers.allowedMethods,
      terms: createAllowedMethodsTerms({ selectors: [selector] }) as Hex,
    },
    {
      enforcer: enforcers.allowedCalldata,
      terms: createAllowedCalldataTerms({ startIndex: 4, value }) as Hex,
    },
    {
      enforcer: enforcers.nativeTokenPeriodTransfer,
      terms: createNativeTokenPeriodTransferTerms({
        periodAmount: permission.maxPerWindow,
        periodDuration: permission.windowSeconds,
        startDate: permission.startSeconds,
      }) as Hex,
    },
    {
      enforcer: enforcers.timestamp,
      terms: createTimestampTerms({
        afterThreshold: 0,
        beforeThreshold: permission.expireSeconds,
      }) as Hex,
    },
    {
      enforcer: enforcers.redeemer,
      terms: createRedeemerTerms({ redeemers: [permission.sessionAccount] }) as Hex,
    },
  ];
}

/** Signs data of any EIP-712 shape. */
export type PermissionWallet = {
  readonly signTypedData: (data: ReturnType<typeof delegationTypedData>) => Promise<Hex>;
};

/** Lets the owner sign a permission for a session account. */
export async function signPermission(
  wallet: PermissionWallet,
  frame: {
    readonly chainId: number;
    readonly delegationManager: Address;
    readonly vaultAccount: Address;
    readonly sessionAccount: Address;
    readonly caveats: readonly CaveatTerms[];
    readonly salt: bigint;
  },
): Promise<{ readonly delegation: Delegation; readonly hash: Hex }> {
  const unsigned = {
    delegate: frame.sessionAccount,
    delegator: frame.vaultAccount,
    authority: ROOT_AUTHORITY as Hex,
    caveats: frame.caveats,
    salt: frame.salt,
  };
  const data = delegationTypedData(unsigned, frame.chainId, frame.delegationManager);
  const signature = await wallet.signTypedData(data);
  const delegation = create(DelegationSchema, {
    ...unsigned,
    caveats: frame.caveats.map(({ enforcer, terms }) => ({ enforcer, terms: hexToBytes(terms) })),
    salt: frame.salt.toString(),
    signature: hexToBytes(signature),
  });
  const hash = hashDelegation({
    ...unsigned,
    caveats: frame.caveats.map((caveat) => ({ ...caveat, args: "0x" as const })),
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
