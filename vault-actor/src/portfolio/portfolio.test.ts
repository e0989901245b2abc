import { describe, expect, test } from "vitest";
import {
  eth,
  PricedNodes,
  pricedChain,
  usdc,
  usdcFeed,
  usdcToken,
  wrapped,
} from "../../test/support/priced-nodes.ts";
import { tokenBalanceRead } from "../chain/reads.ts";
import { defaultPriceRule } from "../price/price.ts";
import { assetsOf, noTracking, portfolioFrom, portfolioReads } from "./portfolio.ts";
import { decodePortfolio, encodePortfolio, toPortfolio } from "./wire.ts";

const account = { chainId: 1, address: `0x${"a".repeat(40)}` } as const;
const unpriced = `eip155:1/erc20:0x${"9".repeat(40)}`;

/** Nodes of a chain where the account has 2 ether and 300 USDC. */
function world(): PricedNodes {
  const nodes = new PricedNodes();
  nodes.balances.set(account.address, 2n * 10n ** 18n);
  balance(nodes, usdcToken, 300_000_000n);
  return nodes;
}

function balance(nodes: PricedNodes, address: `0x${string}`, amount: bigint): void {
  const read = tokenBalanceRead({ chainId: 1, address }, account.address);
  if (read.kind !== "call") throw new Error("not a call");
  nodes.calls.set(`${address}/${read.data}`, `0x${amount.toString(16).padStart(64, "0")}`);
}

async function look(nodes: PricedNodes, assets: readonly string[] = [usdc, eth].sort()) {
  const values = await nodes.reader().read(portfolioReads(pricedChain, account, assets));
  const { nowMs } = nodes;
  const found = portfolioFrom(pricedChain, account, assets, values, defaultPriceRule, nowMs);
  return found && toPortfolio("p", found);
}

test("what an account holds and is worth, at one block", async () => {
  const nodes = world();
  const portfolio = await look(nodes);
  expect(portfolio).toMatchObject({
    name: "p",
    chain: "eip155:1",
    blockNumber: 1000n,
    blockTime: { seconds: BigInt(nodes.nowMs / 1000) },
    complete: true,
    holdings: [
      { asset: usdc, balance: "300000000", decimals: 6, priceSources: 2 },
      { asset: eth, balance: "2000000000000000000", decimals: 18, priceSources: 2 },
    ],
  });
  // The feed says 2,500, the pool a little less: the higher one counts.
  const [dollars, ether] = portfolio?.holdings ?? [];
  expect(ether).toMatchObject({ priceUsd: "2500", valueUsd: "5000" });
  expect(Number(dollars?.priceUsd)).toBeCloseTo(1, 3);
  expect(Number(portfolio?.totalUsd)).toBeCloseTo(5300, 0);
  expect(portfolio && decodePortfolio(encodePortfolio(portfolio))).toEqual(portfolio);
});

describe("what is missing is never zero", () => {
  const none = { priceUsd: "", valueUsd: "", priceSources: 0 };
  test("a token that has no price", async () => {
    const nodes = world();
    balance(nodes, `0x${"9".repeat(40)}`, 5n);
    nodes.decimals(`0x${"9".repeat(40)}`, 2);
    const portfolio = await look(nodes, [unpriced, eth]);
    expect(portfolio?.holdings[0]).toMatchObject({ balance: "5", decimals: 2, ...none });
    expect(portfolio).toMatchObject({ complete: false, totalUsd: "5000" });
  });

  test("a token that is none", async () => {
    const portfolio = await look(world(), [unpriced, eth]);
    expect(portfolio?.holdings[0]).toMatchObject({ balance: "", decimals: 0, ...none });
    expect(portfolio?.complete).toBe(false);
  });

  test("a stale price", async () => {
    const nodes = world();
    nodes.round(usdcFeed, { answer: 1_00000000n, atSeconds: 1_700_000_000n });
    const portfolio = await look(nodes);
    expect(portfolio?.holdings).toMatchObject([
      { balance: "300000000", ...none },
      { balance: "2000000000000000000", ...none },
    ]);
    expect(portfolio).toMatchObject({ complete: false, totalUsd: "0" });
  });

  test("a balance that the nodes do not agree on", async () => {
    const nodes = world();
    const [first = "", second = ""] = pricedChain.rpcUrls;
    nodes.behaviours.set(first, { lies: { eth_getBalance: () => "0x1" } });
    expect((await look(nodes))?.complete).toBe(true);
    nodes.behaviours.set(second, { lies: { eth_getBalance: () => "0x2" } });
    const portfolio = await look(nodes);
    expect(portfolio?.holdings[1]).toMatchObject({ balance: "", priceUsd: "2500", valueUsd: "" });
    expect(portfolio?.complete).toBe(false);
  });

  test("no block that a quorum has", async () => {
    const nodes = world();
    nodes.silence();
    expect(await look(nodes)).toBeUndefined();
  });
});

test("a balance of nothing is worth nothing, and dust is not", async () => {
  const nodes = world();
  nodes.balances.set(account.address, 0n);
  balance(nodes, usdcToken, 1n);
  expect((await look(nodes))?.holdings).toMatchObject([
    // The pool has a USDC a little above a dollar, and what is worth something is rounded up.
    { balance: "1", valueUsd: "0.000002" },
    { balance: "0", valueUsd: "0" },
  ]);
});

test("nothing tracked is an empty portfolio of a block", async () => {
  const empty = { blockNumber: 1000n, holdings: [], totalUsd: "0", complete: true };
  expect(await look(world(), [])).toMatchObject(empty);
});

test("the assets are the policy's on the chain and the tracked ones, each once, in order", () => {
  const foreign = "eip155:5/slip44:60";
  const tracking = { ...noTracking, assets: [wrapped, eth] };
  expect(assetsOf(1, [usdc, eth, foreign], tracking)).toEqual([wrapped, usdc, eth].sort());
  expect(assetsOf(1, [], noTracking)).toEqual([]);
});
