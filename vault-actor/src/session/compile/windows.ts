/**
 * Compiles an asset's limits to windows on chain. Pure.
 *
 * With `windowSpend` each window of the policy is one that rolls, over what really leaves. An
 * amount counts from when it lands, and in the vault from when it was reserved, a little
 * before: so an operation that the vault allows just after a window moved on can be refused
 * by the chain for that little while, before it is signed and in the chain's own words. Without it,
 * the built-in window of the native coin is fixed, and so bounds twice the amount.
 */
import { createNativeTokenPeriodTransferTerms } from "@metamask/delegation-core";
import { type Hex, zeroAddress } from "viem";
import type { AssetLimit } from "#gen/vault/v1/limit";
import { type Address, parseAsset } from "#protocol/names";
import { maxWindowLimit, type WindowSpend, windowSpendTerms } from "#protocol/permission/our-terms";
import type { Caveat } from "../session.ts";
import { type CompileFrame, isNativeSpendable } from "./frame.ts";

/** The caveats that bound what leaves. */
export function windowCaveats(frame: CompileFrame): readonly Caveat[] {
  const { enforcers } = frame.chain;
  const { windowSpend } = enforcers;
  if (windowSpend === undefined) return nativePeriod(frame);
  return spendWindows(frame).map((window) => ({
    enforcer: windowSpend,
    terms: windowSpendTerms(window),
  }));
}

function spendWindows(frame: CompileFrame): readonly WindowSpend[] {
  const { chain, policy } = frame;
  const windows = policy.assets.flatMap((limit) => {
    const token = tokenOf(limit, chain.chainId);
    return token === undefined ? [] : needed(windowsOf(limit, token));
  });
  const { wrappedNative } = chain;
  const named = windows.some(({ token }) => token === wrappedNative);
  // The router takes the wrapper where native value could be meant, and it may not leave.
  const wrapper = isNativeSpendable(frame) && !named;
  return wrapper ? [...windows, { token: wrappedNative, limit: 0n, seconds: 1 }] : windows;
}

function windowsOf(limit: AssetLimit, token: Address): readonly WindowSpend[] {
  if (limit.maxPerOperation === "0") return [{ token, limit: 0n, seconds: 1 }];
  return limit.windows
    .map(({ window, maxAmount }) => ({
      token,
      limit: BigInt(maxAmount),
      seconds: Number(window?.seconds ?? 0n),
    }))
    .filter(({ limit, seconds }) => limit <= maxWindowLimit && seconds > 0);
}

/** Leaves out windows that another one implies: each costs gas whenever the asset moves. */
function needed(windows: readonly WindowSpend[]): readonly WindowSpend[] {
  return windows.filter(
    (window, index) =>
      !windows.some(
        (other, at) =>
          at !== index &&
          other.limit <= window.limit &&
          other.seconds >= window.seconds &&
          (other.limit < window.limit || other.seconds > window.seconds || at < index),
      ),
  );
}

function nativePeriod({ chain, policy, startSeconds }: CompileFrame): readonly Caveat[] {
  const enforcer = chain.enforcers.nativeTokenPeriodTransfer;
  const limit = policy.assets.find((one) => tokenOf(one, chain.chainId) === zeroAddress);
  if (enforcer === undefined || limit === undefined) return [];
  const longest = [...limit.windows].sort((a, b) => Number(length(b) - length(a)))[0];
  // The enforcer has no word for nothing at all.
  if (longest === undefined || longest.maxAmount === "0") return [];
  const terms = createNativeTokenPeriodTransferTerms({
    periodAmount: BigInt(longest.maxAmount),
    periodDuration: Number(length(longest)),
    startDate: startSeconds,
  }) as Hex;
  return [{ enforcer, terms }];
}

function length(window: { readonly window?: { readonly seconds: bigint } | undefined }): bigint {
  return window.window?.seconds ?? 0n;
}

function tokenOf({ asset }: AssetLimit, chainId: number): Address | undefined {
  const parsed = parseAsset(asset);
  if (parsed?.chainId !== chainId) return undefined;
  return parsed.kind === "native" ? zeroAddress : parsed.address;
}
