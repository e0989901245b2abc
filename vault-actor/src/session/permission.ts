/**
 * Decides whether a permission is one that a session may be given.
 *
 * Pure. The chain enforces the permission; the vault checks that it is the owner's, that it
 * is for this session and nobody else, and that it ends. A permission without a redeemer
 * caveat could be handed on, so it is refused.
 */
import {
  decodeRedeemerTerms,
  decodeTimestampTerms,
  hashDelegation,
  ROOT_AUTHORITY,
} from "@metamask/delegation-core";
import { concatHex, domainSeparator, hexToBytes, keccak256 } from "viem";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { recoverSigner } from "#protocol/proof/eip191";
import { ok, type Result } from "#protocol/result";
import type { Permission } from "./session.ts";

/** What a permission must fit. */
export type PermissionFrame = {
  readonly chainId: number;
  readonly delegationManager: Address;
  readonly enforcers: { readonly timestamp: Address; readonly redeemer: Address };
  readonly sessionAccount: Address;
  readonly vaultAccount: Address;
};

/** The longest life of a permission: 90 days. */
export const maxPermissionMs = 90 * 86_400_000;

/** The EIP-712 hash struct of a permission: what owners see and revoke on chain. */
export function permissionHash(permission: Permission): `0x${string}` {
  return hashDelegation({
    ...permission,
    caveats: permission.caveats.map((caveat) => ({ ...caveat, args: "0x" as const })),
  }) as `0x${string}`;
}

/**
 * Checks what a permission says, but not who signed it. Returns when it ends, in milliseconds.
 */
export function checkPermission(
  permission: Permission,
  frame: PermissionFrame,
  nowMs: number,
): Result<number, Failure> {
  const refused = (cause: string, detail: string) =>
    refuse("PERMISSION_INVALID", detail, { cause });
  if (permission.delegate !== frame.sessionAccount) {
    return refused("delegate", "the delegate is not the session account");
  }
  if (permission.delegator !== frame.vaultAccount) {
    return refused("delegator", "the delegator is not the vault's account");
  }
  if (permission.authority !== ROOT_AUTHORITY) {
    return refused("authority", "only a root delegation is accepted");
  }
  if (!namesOnlyRedeemer(permission, frame)) {
    return refused("redeemer", "a redeemer caveat must name the session account alone");
  }
  const expireMs = expiryOf(permission, frame.enforcers.timestamp);
  if (expireMs === undefined || expireMs <= nowMs || expireMs > nowMs + maxPermissionMs) {
    return refused("expiry", "a timestamp caveat must end the permission within 90 days");
  }
  return ok(expireMs);
}

function namesOnlyRedeemer(permission: Permission, frame: PermissionFrame): boolean {
  const caveat = permission.caveats.find((c) => c.enforcer === frame.enforcers.redeemer);
  const terms = caveat && attempt(() => decodeRedeemerTerms(caveat.terms));
  if (terms === undefined) return false;
  const redeemers = terms.redeemers.map((redeemer) => String(redeemer).toLowerCase());
  return redeemers.length === 1 && redeemers[0] === frame.sessionAccount;
}

function expiryOf(permission: Permission, enforcer: Address): number | undefined {
  const ends = permission.caveats
    .filter((caveat) => caveat.enforcer === enforcer)
    .flatMap((caveat) => attempt(() => decodeTimestampTerms(caveat.terms)) ?? [])
    .map((terms) => terms.beforeThreshold)
    .filter((seconds) => seconds > 0);
  return ends.length === 0 ? undefined : Math.min(...ends) * 1000;
}

/** The Ethereum key that signed a permission. `undefined` when it is no such signature. */
export function permissionSigner(
  permission: Permission,
  frame: PermissionFrame,
): Address | undefined {
  return recoverSigner(permissionDigest(permission, frame), hexToBytes(permission.signature));
}

/** The digest that the delegator signs (EIP-712, domain of the delegation manager). */
export function permissionDigest(permission: Permission, frame: PermissionFrame): Uint8Array {
  const separator = domainSeparator({
    domain: {
      name: "DelegationManager",
      version: "1",
      chainId: frame.chainId,
      verifyingContract: frame.delegationManager,
    },
  });
  return hexToBytes(keccak256(concatHex(["0x1901", separator, permissionHash(permission)])));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
