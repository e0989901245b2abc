/**
 * Encodes the checks that the chain makes around an operation's calls (`contracts/src/IntentGuard.sol`).
 *
 * Pure. The session account itself makes these calls, before and after the redemption, in the
 * same operation: what does not hold reverts all of it. They are no acts of the vault's account.
 */
import { encodeFunctionData, parseAbi, zeroAddress } from "viem";
import { type Address, parseAsset } from "#protocol/names";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Guards } from "./act.ts";
import type { AccountCall } from "./redemption.ts";

const guardAbi = parseAbi([
  "struct Feed { address feed; int256 min; int256 max; uint256 maxAge; }",
  "function begin(address account, address[] tokens, uint256 deadline, Feed[] feeds)",
  "function end(address account, address[] tokens, int256[] minDelta)",
]);

/** What the session account calls before and after the redemption. */
export type GuardCalls = {
  readonly before: readonly AccountCall[];
  readonly after: readonly AccountCall[];
};

/**
 * The calls that guard an operation on `account`, the vault's account. `undefined` when the chain
 * has no guard. Throws for an asset that is not of the chain, and for one that is named twice.
 */
export function encodeGuards(
  guards: Guards,
  chain: Pick<ChainConfig, "intentGuard" | "chainId">,
  account: Address,
): GuardCalls | undefined {
  const { intentGuard: target, chainId } = chain;
  if (target === undefined) return undefined;
  const tokens = guards.changes.map(({ asset }) => tokenOf(asset, chainId));
  if (new Set(tokens).size !== tokens.length) throw new Error("a guard names an asset twice");
  const begin = encodeFunctionData({
    abi: guardAbi,
    functionName: "begin",
    args: [
      account,
      tokens,
      BigInt(guards.deadlineSeconds),
      guards.feeds.map(({ feed, min, max, maxAgeSeconds }) => ({
        feed,
        min,
        max,
        maxAge: BigInt(maxAgeSeconds),
      })),
    ],
  });
  const end = encodeFunctionData({
    abi: guardAbi,
    functionName: "end",
    args: [account, tokens, guards.changes.map(({ atLeast }) => atLeast)],
  });
  return {
    before: [{ target, value: 0n, data: begin }],
    after: [{ target, value: 0n, data: end }],
  };
}

function tokenOf(id: string, chainId: number): Address {
  const asset = parseAsset(id);
  if (asset?.chainId !== chainId) throw new Error(`no asset of eip155:${chainId}: ${id}`);
  return asset.kind === "native" ? zeroAddress : asset.address;
}
