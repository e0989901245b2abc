/** The feeds of traded prices. A stand-in for the upstreams. */
import type { Feeds, Moment } from "./state.ts";

/** What each feed answers. */
export const priceFeeds: Feeds = { coingecko };

function coingecko({ state, nowMs }: Moment): unknown {
  const seconds = Math.floor(nowMs / 1000);
  return {
    bitcoin: { usd: 96_000, last_updated_at: seconds },
    ethereum: { usd: state.ethUsd, last_updated_at: seconds },
    "usd-coin": { usd: 0.9998, last_updated_at: seconds },
  };
}
