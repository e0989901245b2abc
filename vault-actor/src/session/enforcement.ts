/**
 * Says for a limit who enforces it: the vault, and the chain where the permission that is really
 * there has a condition that implies it. Pure; it reads the caveats' terms and assumes nothing.
 */
import { type Hex, zeroAddress } from "viem";
import { type Address, formatChain, parseAsset } from "#protocol/names";
import type { KnownEnforcers } from "#protocol/permission/read-caveat";
import { commonOf } from "./branch.ts";
import type { Permission, Session } from "./session.ts";

/** Who can enforce a limit. */
export type Enforcer = "VAULT" | "CHAIN";

/** A limit in words, and who enforces it. */
export type EnforcedLimit = { readonly rule: string; readonly enforcedBy: readonly Enforcer[] };

/** The part of a chain that is looked at. */
export type EnforcementChain = { readonly chainId: number; readonly enforcers: KnownEnforcers };

/**
 * The limits that an operation met, and the ends that its session's permission has on chain.
 * Limits of a key or a trigger are the vault's alone.
 */
export function enforcementOf(
  met: readonly { readonly rule: string }[],
  session: Pick<Session, "permission"> | undefined,
  chain: EnforcementChain,
): readonly EnforcedLimit[] {
  const permission = session?.permission;
  return [
    ...met.map(({ rule }) => enforced(rule, permission, chain)),
    ...(permission === undefined ? [] : lifeOf(permission, chain)),
  ];
}

/** Who enforces a limit of the vault's. */
export function enforced(
  rule: string,
  permission: Permission | undefined,
  chain: EnforcementChain,
): EnforcedLimit {
  const both = permission !== undefined && isAmountOnChain(rule, permission, chain);
  return { rule, enforcedBy: both ? ["VAULT", "CHAIN"] : ["VAULT"] };
}

/** What only the chain knows: when the permission ends, and who may use it. */
export function lifeOf(
  permission: Permission,
  { chainId, enforcers }: EnforcementChain,
): readonly EnforcedLimit[] {
  const lines = commonOf(permission, enforcers).flatMap((caveat) => {
    if (caveat.kind === "timestamp" && caveat.before > 0) {
      return [`until ${new Date(caveat.before * 1000).toISOString()}`];
    }
    if (caveat.kind === "redeemer") return [`used by ${caveat.redeemers.join(" or ")} alone`];
    if (caveat.kind === "nonce") return [`until the account's kill switch leaves ${caveat.nonce}`];
    return [];
  });
  return [`act on ${formatChain(chainId)} with this permission`, ...lines].map((rule) => ({
    rule,
    enforcedBy: ["CHAIN"],
  }));
}

const windowPattern = /^(eip155:\S+) (\d+) per (\d+) s$/;
const operationPattern = /^(eip155:\S+) (\d+) per operation$/;

function isAmountOnChain(rule: string, permission: Permission, chain: EnforcementChain): boolean {
  const [, asset, max, seconds] = windowPattern.exec(rule) ?? operationPattern.exec(rule) ?? [];
  if (asset === undefined || max === undefined) return false;
  const token = tokenOf(asset, chain.chainId);
  if (token === undefined) return false;
  // What bounds a window of any length bounds one operation too.
  const atLeast = seconds === undefined ? 1 : Number(seconds);
  return commonOf(permission, chain.enforcers).some((caveat) => {
    if (caveat.kind === "windowSpend") {
      const { limit } = caveat;
      const isLong = caveat.seconds >= atLeast || limit === 0n;
      return caveat.token === token && limit <= BigInt(max) && isLong;
    }
    // Fixed windows: twice the limit can leave around a boundary, but once in one call.
    if (caveat.kind !== "nativePeriod" || token !== zeroAddress) return false;
    const most = seconds === undefined ? caveat.limit : 2n * caveat.limit;
    return most <= BigInt(max) && caveat.seconds >= atLeast;
  });
}

function tokenOf(asset: string, chainId: number): Address | undefined {
  const parsed = parseAsset(asset);
  if (parsed?.chainId !== chainId) return undefined;
  return parsed.kind === "native" ? (zeroAddress as Hex) : parsed.address;
}
