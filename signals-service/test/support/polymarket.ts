/** Polymarket's shapes. The values are invented. */

/** A condition id, without `0x`. */
export const condition = "9f".repeat(32);

/** The token of "Yes": 77 digits. */
export const yes = `7132${"1".repeat(73)}`;

/** The token of "No". */
export const noToken = `5211${"2".repeat(73)}`;

/** Gamma's metadata of a market, some of its fields changed. */
export const market = (changes: object = {}) => ({
  id: "540881",
  question: "Will X happen by Dec 31?",
  conditionId: `0x${condition}`,
  slug: "will-x-happen-by-dec-31",
  endDate: "2026-12-31T23:59:59Z",
  outcomes: '["Yes", "No"]',
  outcomePrices: '["0.3", "0.7"]',
  clobTokenIds: `["${yes}", "${noToken}"]`,
  volume: "1523400.12",
  volumeNum: 1_523_400.12,
  liquidity: "81234.5",
  liquidityNum: 81_234.5,
  active: true,
  closed: false,
  archived: false,
  acceptingOrders: true,
  enableOrderBook: true,
  negRisk: false,
  bestBid: 0.1,
  bestAsk: 0.9,
  lastTradePrice: 0.3,
  umaResolutionStatus: "",
  umaResolutionStatuses: "[]",
  updatedAt: "2026-08-20T10:11:12Z",
  ...changes,
});

/** A level of a book. */
export const level = (price: unknown, size: unknown = "250") => ({ price, size });

/** The CLOB's book of "Yes", some of its fields changed. Not the best first. */
export const book = (changes: object = {}) => ({
  market: `0x${condition}`,
  asset_id: yes,
  timestamp: "1785000100123",
  hash: "0a1b",
  bids: [level("0.01"), level("0.71"), level("0.70")],
  asks: [level("0.99"), level("0.72"), level("0.75")],
  min_order_size: "5",
  tick_size: "0.01",
  neg_risk: false,
  ...changes,
});
