/** The feeds of prediction markets. A stand-in for the upstreams. */
import type { Market } from "./official-state.ts";
import type { Feeds, Moment } from "./state.ts";

/** What each feed answers. */
export const marketFeeds: Feeds = { "polymarket-gamma": gamma, "polymarket-clob": clob };

function gamma({ state, path }: Moment): unknown {
  const { pathname, searchParams } = new URL(path, "http://world");
  if (pathname !== "/markets") return undefined;
  const asked = searchParams.getAll("condition_ids");
  return state.markets
    .filter(({ condition }) => asked.includes(`0x${condition}`))
    .map((market) => ({
      id: "540881",
      question: "Will it happen?",
      conditionId: `0x${market.condition}`,
      slug: "will-it-happen",
      outcomes: '["No", "Yes"]',
      outcomePrices: '["0.5", "0.5"]',
      clobTokenIds: JSON.stringify([tokenOf(market, 0n), tokenOf(market, 1n)]),
      volume: "1523400.12",
      volumeNum: 1_523_400.12,
      liquidity: String(market.liquidity),
      liquidityNum: market.liquidity,
      active: true,
      closed: market.closed,
      archived: false,
      acceptingOrders: !market.closed,
      enableOrderBook: true,
      umaResolutionStatus: market.status,
      umaResolutionStatuses: market.status === "" ? "[]" : JSON.stringify([market.status]),
    }));
}

function clob({ state, path, nowMs }: Moment): unknown {
  const { pathname, searchParams } = new URL(path, "http://world");
  const token = searchParams.get("token_id");
  const market = state.markets.find((one) => tokenOf(one, 1n) === token);
  if (pathname !== "/book" || market === undefined) return undefined;
  const level = (price: string | null) => (price === null ? [] : [{ price, size: "250" }]);
  return {
    market: `0x${market.condition}`,
    asset_id: token,
    timestamp: String(nowMs),
    hash: "0a1b",
    bids: [{ price: "0.001", size: "9000" }, ...level(market.bid)].slice(market.bid ? 0 : 1),
    asks: [{ price: "0.999", size: "9000" }, ...level(market.ask)].slice(market.ask ? 0 : 1),
    min_order_size: "5",
    tick_size: "0.001",
    neg_risk: false,
  };
}

/** The token of "Yes" (1) or "No" (0), in its many digits. */
function tokenOf({ condition }: Market, outcome: bigint): string {
  return String(BigInt(`0x${condition}`) * 2n + outcome).slice(-78);
}
