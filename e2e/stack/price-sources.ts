/** Which on-chain prices the vaults of a local stack believe. */
import { formatAsset } from "#protocol/names";
import type { PriceSource } from "../../vault-actor/src/account/chain-extras.ts";
import type { Deployment } from "./chain/contracts.ts";
import { localChainId as chainId } from "./chain/node.ts";

/** After how long without news a feed is stale. */
export const feedMaxAgeSeconds = 3600;

/** How long the pool's price is averaged for: two blocks, so that tests need not wait. */
export const twapWindowSeconds = 2;

/** Two groups that price ether and USDC: the feeds, and the pool itself from either side. */
export function priceSourcesOf({
  feeds,
  pool,
  usdc: address,
}: Pick<Deployment, "feeds" | "pool" | "usdc">): readonly PriceSource[] {
  const eth = formatAsset({ kind: "native", chainId });
  const usdc = formatAsset({ kind: "erc20", chainId, address });
  const feed = { kind: "chainlink", group: "chainlink", maxAgeSeconds: feedMaxAgeSeconds } as const;
  const twap = {
    kind: "uniswap_v3_twap",
    group: "uniswap_v3",
    pool,
    windowSeconds: twapWindowSeconds,
  } as const;
  return [
    { ...feed, asset: eth, feed: feeds.eth },
    { ...feed, asset: usdc, feed: feeds.usdc },
    { ...twap, asset: eth, quote: usdc },
    { ...twap, asset: usdc, quote: eth },
  ];
}
