/**
 * Builds the on-chain permission that an owner grants to a session: an ERC-7710 delegation.
 *
 * Off chain and free until it is used. What it allows is the most that the session key can
 * ever do, whoever holds it: these targets and selectors, this much a window, until then.
 */
import {
  createAllowedCalldataTerms,
  createAllowedMethodsTerms,
  createAllowedTargetsTerms,
  createNativeTokenPeriodTransferTerms,
  createRedeemerTerms,
  createTimestampTerms,
} from "@metamask/delegation-core";
import { bytesToHex, type Hex, pad, toHex } from "viem";
import type { Delegation } from "#gen/vault/v1/session";
import { type Address, parseAccount } from "#protocol/names";
import { describePermission } from "#protocol/permission/describe";
import type { KnownEnforcers } from "#protocol/permission/read-caveat";
import { CertifiedSession } from "./certified-session.ts";
import {
  type CaveatTerms,
  type DelegationWallet,
  type SignedDelegation,
  signDelegation,
} from "./delegation.ts";

/** The caveat enforcers of a chain. */
export type CaveatEnforcers = {
  readonly allowedTargets: Address;
  readonly allowedMethods: Address;
  readonly allowedCalldata: Address;
  readonly nativeTokenPeriodTransfer: Address;
  readonly timestamp: Address;
  readonly redeemer: Address;
};

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

/**
 * What a permission that a vault compiled allows, in lines that an owner can read: CompilePermission
 * is a server's word, this is the permission's own. `enforcers` must not come from that server.
 */
export function describeDelegation(
  { delegate, delegator, caveats }: Delegation,
  enforcers: KnownEnforcers,
): readonly string[] {
  return describePermission({ delegate, delegator, caveats: termsOf(caveats) }, enforcers);
}

/** The caveats of a compiled permission, to be signed with `signPermission`. */
export function termsOf(caveats: Delegation["caveats"]): readonly CaveatTerms[] {
  return caveats.map(({ enforcer, terms }) => ({
    enforcer: enforcer as Address,
    terms: bytesToHex(terms),
  }));
}

/**
 * Lets the owner sign a permission for a session, on the vault's own account and chain.
 *
 * Takes a certified session and nothing like it: whatever a server says, no other address gets
 * near the wallet. Throws a `TypeError` for a session that is not.
 */
export function signPermission(
  wallet: DelegationWallet,
  session: CertifiedSession,
  frame: {
    readonly delegationManager: Address;
    readonly caveats: readonly CaveatTerms[];
    readonly salt: bigint;
  },
): Promise<SignedDelegation> {
  if (!CertifiedSession.is(session)) throw new TypeError("the session is not certified");
  const delegator = parseAccount(session.vaultId)?.address;
  if (delegator === undefined) throw new TypeError("the session is of no account");
  const { chainId, accountAddress: delegate } = session;
  return signDelegation(wallet, { ...frame, chainId, delegate, delegator });
}
