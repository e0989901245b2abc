/**
 * Reads a permission's caveats: what each of them enforces on chain, in a form that code can
 * compare. Pure. What is of no known enforcer, or has terms that it would refuse, is `unknown`.
 */
import {
  decodeAllowedCalldataTerms,
  decodeAllowedMethodsTerms,
  decodeAllowedTargetsTerms,
  decodeERC20TokenPeriodTransferTerms,
  decodeLogicalOrWrapperTerms,
  decodeNativeTokenPeriodTransferTerms,
  decodeNonceTerms,
  decodeRedeemerTerms,
  decodeTimestampTerms,
} from "@metamask/delegation-core";
import type { Hex } from "viem";
import type { Address } from "../names.ts";
import {
  type ArgConstraint,
  type FairSwap,
  readArgRange,
  readFairSwap,
  readWindowSpend,
  type WindowSpend,
} from "./our-terms.ts";

/** The enforcers that are known, by address. One that is missing is not recognised. */
export type KnownEnforcers = {
  readonly timestamp: Address;
  readonly redeemer: Address;
} & {
  readonly [name in
    | "allowedTargets"
    | "allowedMethods"
    | "allowedCalldata"
    | "nativeTokenPeriodTransfer"
    | "erc20PeriodTransfer"
    | "logicalOrWrapper"
    | "nonce"
    | "windowSpend"
    | "argRange"
    | "fairSwap"]?: Address;
};

/** One condition as its enforcer has it. */
export type RawCaveat = { readonly enforcer: Address; readonly terms: Hex };

/** One condition, understood. Times are seconds since the epoch; amounts are base units. */
export type ReadCaveat =
  | { readonly kind: "targets"; readonly targets: readonly Address[] }
  | { readonly kind: "methods"; readonly selectors: readonly Hex[] }
  | { readonly kind: "calldata"; readonly start: number; readonly value: Hex }
  | ({ readonly kind: "nativePeriod" } & Period)
  | ({ readonly kind: "erc20Period"; readonly token: Address } & Period)
  | { readonly kind: "timestamp"; readonly after: number; readonly before: number }
  | { readonly kind: "redeemer"; readonly redeemers: readonly Address[] }
  | { readonly kind: "nonce"; readonly nonce: bigint }
  | ({ readonly kind: "windowSpend" } & WindowSpend)
  | { readonly kind: "argRange"; readonly constraints: readonly ArgConstraint[] }
  | ({ readonly kind: "fairSwap" } & FairSwap)
  | { readonly kind: "anyOf"; readonly groups: readonly (readonly ReadCaveat[])[] }
  | { readonly kind: "unknown"; readonly enforcer: Address };

type Period = { readonly limit: bigint; readonly seconds: number; readonly start: number };

/** Reads one caveat. */
export function readCaveat(caveat: RawCaveat, enforcers: KnownEnforcers): ReadCaveat {
  try {
    return read(caveat, enforcers) ?? { kind: "unknown", enforcer: caveat.enforcer };
  } catch {
    return { kind: "unknown", enforcer: caveat.enforcer };
  }
}

function read({ enforcer, terms }: RawCaveat, known: KnownEnforcers): ReadCaveat | undefined {
  switch (enforcer) {
    case known.allowedTargets:
      return { kind: "targets", targets: decodeAllowedTargetsTerms(terms).targets.map(lower) };
    case known.allowedMethods:
      return { kind: "methods", selectors: decodeAllowedMethodsTerms(terms).selectors.map(lower) };
    case known.allowedCalldata: {
      const { startIndex, value } = decodeAllowedCalldataTerms(terms);
      return { kind: "calldata", start: startIndex, value: lower(value) };
    }
    case known.nativeTokenPeriodTransfer:
      return { kind: "nativePeriod", ...period(decodeNativeTokenPeriodTransferTerms(terms)) };
    case known.erc20PeriodTransfer: {
      const decoded = decodeERC20TokenPeriodTransferTerms(terms);
      return { kind: "erc20Period", token: lower(decoded.tokenAddress), ...period(decoded) };
    }
    case known.timestamp: {
      const { afterThreshold: after, beforeThreshold: before } = decodeTimestampTerms(terms);
      return { kind: "timestamp", after, before };
    }
    case known.redeemer:
      return { kind: "redeemer", redeemers: decodeRedeemerTerms(terms).redeemers.map(lower) };
    case known.nonce:
      return { kind: "nonce", nonce: BigInt(decodeNonceTerms(terms).nonce as Hex) };
    case known.windowSpend: {
      const window = readWindowSpend(terms);
      return window && { kind: "windowSpend", ...window };
    }
    case known.argRange: {
      const constraints = readArgRange(terms);
      return constraints && { kind: "argRange", constraints };
    }
    case known.fairSwap: {
      const fair = readFairSwap(terms);
      return fair && { kind: "fairSwap", ...fair };
    }
    case known.logicalOrWrapper:
      return {
        kind: "anyOf",
        groups: decodeLogicalOrWrapperTerms(terms).caveatGroups.map((group) =>
          group.map((inner) =>
            readCaveat({ enforcer: lower(inner.enforcer), terms: inner.terms as Hex }, known),
          ),
        ),
      };
    default:
      return undefined;
  }
}

function period(terms: {
  readonly periodAmount: number | bigint;
  readonly periodDuration: number;
  readonly startDate: number;
}): Period {
  const { periodAmount, periodDuration: seconds, startDate: start } = terms;
  return { limit: BigInt(periodAmount), seconds, start };
}

function lower(text: unknown): Address {
  return String(text).toLowerCase() as Address;
}
