/**
 * Compiles what a swap must be: into the account itself, of what may leave, at a fair rate. Pure.
 *
 * The rate is checked where Chainlink feeds are configured for everything that the vault could
 * trade: a swap for an asset without one would be refused on chain though the vault allows it.
 */
import { zeroAddress } from "viem";
import type { CallRule } from "#gen/vault/v1/call_rule";
import { type Address, parseAsset } from "#protocol/names";
import { type ArgConstraint, fairSwapTerms, maxFairAssets } from "#protocol/permission/our-terms";
import type { Caveat } from "../session.ts";
import { type CompileFrame, isNativeSpendable, spendableTokens } from "./frame.ts";
import { swapSelector, swapWords } from "./known-call.ts";

/**
 * How much more than the policy's slippage the chain lets a swap lose, in basis points: feeds move
 * between planning and landing. A market that moves by more in that time reverts the operation.
 */
export const feedDriftBps = 100;

/** What the arguments of a swap on the router must be. None: nothing may be sold. */
export function swapConstraints(
  rule: CallRule,
  frame: CompileFrame,
  own: Address,
): readonly (readonly ArgConstraint[])[] {
  const sold = soldTokens(frame);
  if (sold.length === 0) return [];
  const { tokenIn, tokenOut, recipient } = swapWords;
  const assets = fairAssets(rule, frame);
  return [
    [
      { about: "word", word: recipient, oneOf: [BigInt(own)] },
      { about: "word", word: tokenIn, oneOf: sold.map(BigInt) },
      ...(assets === undefined
        ? []
        : [
            {
              about: "word" as const,
              word: tokenOut,
              oneOf: assets
                .filter(({ token }) => token !== zeroAddress)
                .map(({ token }) => BigInt(token)),
            },
          ]),
    ],
  ];
}

/** The caveat that bounds a swap's loss, where feeds allow it. */
export function fairSwapCaveat(rule: CallRule, frame: CompileFrame): Caveat | undefined {
  const enforcer = frame.chain.enforcers.fairSwap;
  const assets = fairAssets(rule, frame);
  if (enforcer === undefined || assets === undefined) return undefined;
  const lossBps = Math.min(frame.policy.maxSlippageBps + feedDriftBps, 10_000);
  return { enforcer, terms: fairSwapTerms({ lossBps, assets }) };
}

/** What a swap could sell, as the router names it. */
function soldTokens(frame: CompileFrame): readonly Address[] {
  const native = isNativeSpendable(frame) ? [frame.chain.wrappedNative] : [];
  return [...new Set([...native, ...spendableTokens(frame)])];
}

type Fair = { readonly token: Address; readonly feed: Address; readonly maxAgeSeconds: number };

/** Feeds of everything that a swap could move. `undefined` when one has none. */
function fairAssets(rule: CallRule, frame: CompileFrame): readonly Fair[] | undefined {
  const { chain } = frame;
  if (chain.enforcers.fairSwap === undefined) return undefined;
  const priced = [...new Set(chain.priceSources.map(({ asset }) => asset))];
  // The vault trades nothing that it can't price.
  const moved = [...new Set([...soldTokens(frame), ...boughtTokens(rule, frame, priced)])];
  const withNative = moved.includes(chain.wrappedNative) ? [...moved, zeroAddress] : moved;
  const fair = withNative.map((token) => feedOf(token, frame));
  const known = fair.filter((one) => one !== undefined);
  if (known.length !== fair.length || known.length > maxFairAssets) return undefined;
  return known.length < 2 ? undefined : known;
}

function boughtTokens(
  rule: CallRule,
  { chain }: CompileFrame,
  priced: readonly string[],
): readonly Address[] {
  const tokens = priced.flatMap((id) => {
    const asset = parseAsset(id);
    return asset?.kind === "erc20"
      ? [asset.address]
      : asset === undefined
        ? []
        : [chain.wrappedNative];
  });
  const listed = rule.arguments.flatMap(({ selector, word, constraint }) =>
    selector === swapSelector && word === swapWords.tokenOut && constraint.case === "oneOf"
      ? [constraint.value.words.map((one) => `0x${one.slice(-40)}`)]
      : [],
  );
  return tokens.filter((token) => listed.every((words) => words.includes(token)));
}

/** The feed of a token. The native asset and its wrapper are worth the same. */
function feedOf(token: Address, { chain }: CompileFrame): Fair | undefined {
  const isNative = token === zeroAddress || token === chain.wrappedNative;
  for (const source of chain.priceSources) {
    if (source.kind !== "chainlink") continue;
    const asset = parseAsset(source.asset);
    const address = asset?.kind === "erc20" ? asset.address : chain.wrappedNative;
    if (address !== (isNative ? chain.wrappedNative : token)) continue;
    return { token, feed: source.feed, maxAgeSeconds: source.maxAgeSeconds };
  }
  return undefined;
}
