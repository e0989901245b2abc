/**
 * The health factor of a position in Morpho Blue, as `Morpho._isHealthy` and its `SharesMathLib`
 * compute it: collateral · price ÷ 10^36 · LLTV ÷ what is borrowed, rounded up.
 *
 * Interest since the market was last touched is not in it, as it is not in the market's totals:
 * the true factor is a little lower. Pure.
 */
import { encodeFunctionData, type Hex, parseAbi } from "viem";
import type { Address } from "#protocol/names";
import { wordOf } from "./word.ts";

const abi = parseAbi([
  "function position(bytes32 id, address user) view returns (uint256, uint128, uint128)",
  "function market(bytes32 id) view returns (uint128, uint128, uint128, uint128, uint128, uint128)",
  "function idToMarketParams(bytes32 id) view returns (address, address, address, address, uint256)",
  "function price() view returns (uint256)",
]);

const wad = 10n ** 18n;
const priceScale = 10n ** 36n;
const virtualShares = 1_000_000n;
const virtualAssets = 1n;

/** The health factor of a position without debt: the largest that Aave v3 knows, for the same. */
export const noDebt = 2n ** 256n - 1n;

/** The calls that a position is read with. Each answers to `Morpho`. */
export function positionCalls(marketId: Hex, account: Address): readonly Hex[] {
  return [
    encodeFunctionData({ abi, functionName: "position", args: [marketId, account] }),
    encodeFunctionData({ abi, functionName: "market", args: [marketId] }),
    encodeFunctionData({ abi, functionName: "idToMarketParams", args: [marketId] }),
  ];
}

/** The call for the price of the collateral. Answers to the market's oracle. */
export const priceCall: Hex = encodeFunctionData({ abi, functionName: "price" });

/** A position and its market. */
export type Position = {
  readonly borrowShares: bigint;
  readonly collateral: bigint;
  readonly totalBorrowAssets: bigint;
  readonly totalBorrowShares: bigint;
  readonly oracle: Address;
  /** The liquidation loan-to-value, of 10^18. */
  readonly lltv: bigint;
};

/** Reads the answers to {@link positionCalls}. `undefined`: there is no such market. */
export function positionOf(answers: readonly Hex[]): Position | undefined {
  const [position = "0x", market = "0x", params = "0x"] = answers;
  const oracle = addressOf(wordOf(params, { word: 2, type: "address" }));
  const numbers = [
    wordOf(position, { word: 1, type: "uint128" }),
    wordOf(position, { word: 2, type: "uint128" }),
    wordOf(market, { word: 2, type: "uint128" }),
    wordOf(market, { word: 3, type: "uint128" }),
    wordOf(params, { word: 4, type: "uint256" }),
  ].map((text) => (text === undefined ? undefined : BigInt(text)));
  const [borrowShares, collateral, totalBorrowAssets, totalBorrowShares, lltv] = numbers;
  if (oracle === undefined || borrowShares === undefined || collateral === undefined) {
    return undefined;
  }
  if (totalBorrowAssets === undefined || totalBorrowShares === undefined || !lltv) return undefined;
  return { borrowShares, collateral, totalBorrowAssets, totalBorrowShares, oracle, lltv };
}

/** The health factor, of 10^18. `price` is what one unit of collateral costs, of 10^36. */
export function healthOf(position: Position, price: bigint): bigint {
  const { borrowShares, collateral, totalBorrowAssets, totalBorrowShares, lltv } = position;
  if (borrowShares === 0n) return noDebt;
  const borrowed = divideUp(
    borrowShares * (totalBorrowAssets + virtualAssets),
    totalBorrowShares + virtualShares,
  );
  const mostBorrow = (((collateral * price) / priceScale) * lltv) / wad;
  const health = (mostBorrow * wad) / borrowed;
  return health < noDebt ? health : noDebt;
}

/** A health factor as a decimal with 18 places. */
export function healthText(health: bigint): string {
  return `${health / wad}.${String(health % wad).padStart(18, "0")}`;
}

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

/** An address that is not zero, in lowercase. */
function addressOf(text: string | undefined): Address | undefined {
  if (text === undefined || /^0x0{40}$/.test(text)) return undefined;
  return text.toLowerCase() as Address;
}
