/** Writes portfolios for the wire and for storage. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { formatUnits } from "viem";
import {
  type Portfolio_Holding,
  Portfolio_HoldingSchema,
  type Portfolio as PortfolioMessage,
  PortfolioSchema,
} from "#gen/vault/v1/portfolio";
import { formatChain } from "#protocol/names";
import type { Holding, Portfolio } from "./portfolio.ts";

/** Writes a portfolio. */
export function toPortfolio(name: string, portfolio: Portfolio): PortfolioMessage {
  const { holdings } = portfolio;
  const values = holdings.map(({ microUsd }) => microUsd ?? 0n);
  return create(PortfolioSchema, {
    name,
    chain: formatChain(portfolio.chainId),
    blockNumber: portfolio.blockNumber,
    blockTime: timestampFromMs(portfolio.blockMs),
    holdings: holdings.map(toHolding),
    totalUsd: formatUnits(
      values.reduce((sum, value) => sum + value, 0n),
      6,
    ),
    // A balance without decimals has no value either.
    complete: holdings.every(({ microUsd }) => microUsd !== undefined),
  });
}

function toHolding({ asset, balance, decimals, price, microUsd }: Holding): Portfolio_Holding {
  return create(Portfolio_HoldingSchema, {
    asset,
    balance: balance === undefined ? "" : String(balance),
    decimals: decimals ?? 0,
    priceUsd: price === undefined ? "" : formatUnits(price.usdE18, 18),
    ...(price === undefined ? {} : { priceTime: timestampFromMs(price.atMs) }),
    priceSources: price?.sources ?? 0,
    valueUsd: microUsd === undefined ? "" : formatUnits(microUsd, 6),
  });
}

/** Encodes a portfolio for storage. */
export function encodePortfolio(message: PortfolioMessage): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toBinary(PortfolioSchema, message));
}

/** Decodes a stored portfolio. */
export function decodePortfolio(bytes: Uint8Array): PortfolioMessage {
  return fromBinary(PortfolioSchema, bytes);
}
