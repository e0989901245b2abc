import type { Hex } from "viem";
import { describe, expect, test } from "vitest";
import {
  eth,
  ethFeed,
  PricedNodes,
  pool,
  pricedChain,
  sources,
  tickOf2500,
  usdc,
  usdcFeed,
  usdcToken,
  weth,
  wrapped,
} from "../../test/support/priced-nodes.ts";
import type { PriceSource } from "../account/chain-extras.ts";
import { createPriceReader } from "./oracle-reader.ts";
import type { PriceReading } from "./price.ts";

async function read(
  nodes: PricedNodes,
  assets: readonly string[] = [eth],
  priceSources: readonly PriceSource[] = sources,
) {
  const chain = { ...pricedChain, priceSources };
  const reader = createPriceReader({ chains: new Map([[1, chain]]), chain: nodes.reader(chain) });
  return reader.read(1, assets);
}

/** What is said of an asset, by group, in whole US dollars. */
async function said(...given: Parameters<typeof read>): Promise<unknown> {
  const outcome = await read(...given);
  if (outcome.kind !== "ok") return outcome.kind;
  const all = outcome.value.get(given[1]?.[0] ?? eth) ?? [];
  return Object.fromEntries(all.map(({ group, usdE18 }) => [group, dollars(usdE18)]));
}

const dollars = (usdE18: bigint) => Math.round(Number(usdE18) / 1e18);
const both = { chainlink: 2500, uniswap_v3: 2500 };
const feedOnly = { chainlink: 2500 };
const poolOnly = { uniswap_v3: 2500 };

describe("what is said of one ether", () => {
  test.each<readonly [string, (nodes: PricedNodes) => void, unknown]>([
    ["by both", () => undefined, both],
    [
      "a feed of other places",
      (n) => {
        n.decimals(ethFeed, 18);
        n.round(ethFeed, { answer: 2400n * 10n ** 18n });
      },
      { ...both, chainlink: 2400 },
    ],
    ["a price of nothing", (n) => n.round(ethFeed, { answer: 0n }), poolOnly],
    ["a price below nothing", (n) => n.round(ethFeed, { answer: -1n }), poolOnly],
    [
      "a round that is not complete",
      (n) => n.round(ethFeed, { answer: 1n, atSeconds: 0n }),
      poolOnly,
    ],
    [
      "an answer of an earlier round",
      (n) => n.round(ethFeed, { answer: 1n, roundId: 8n, answeredInRound: 7n }),
      poolOnly,
    ],
    ["a feed that is not there", (n) => n.calls.delete(`${ethFeed}/0xfeaf968c`), poolOnly],
    ["a feed that reverts", (n) => n.calls.set(`${ethFeed}/0xfeaf968c`, "revert" as Hex), poolOnly],
    ["places beyond reason", (n) => n.decimals(ethFeed, 255), poolOnly],
    ["a pool whose memory is too short", (n) => n.observe(() => "revert"), feedOnly],
    ["a tick that is none", (n) => n.tick(887_273), feedOnly],
    [
      "a pool of another token",
      (n) => n.calls.set(`${pool}/0xd21220a7`, `0x${"0".repeat(24)}${"9".repeat(40)}`),
      feedOnly,
    ],
    [
      "a pool that is a token with itself",
      (n) => n.calls.set(`${pool}/0xd21220a7`, n.calls.get(`${pool}/0x0dfe1681`) ?? "0x"),
      feedOnly,
    ],
    [
      "lists that lie elsewhere",
      (n) => n.observe((text) => `0x${"60".padStart(64, "0")}${text.slice(66)}`),
      feedOnly,
    ],
    [
      "a quote that is worth less",
      (n) => n.round(usdcFeed, { answer: 90000000n }),
      { chainlink: 2500, uniswap_v3: 2250 },
    ],
    [
      "a quote without a price",
      (n) => n.round(usdcFeed, { answer: 0n }),
      { chainlink: 2500, uniswap_v3: 0 },
    ],
    ["a token without decimals", (n) => n.calls.delete(`${usdcToken}/0x313ce567`), feedOnly],
    ["no node", (n) => n.silence(), "retry"],
  ])("%s", async (_, change, expected) => {
    const nodes = new PricedNodes();
    change(nodes);
    expect(await said(nodes)).toEqual(expected);
  });
});

test("a pool's price comes with its ratio, its block's time and its quote's", async () => {
  const nodes = new PricedNodes();
  nodes.round(usdcFeed, { answer: 1_00000000n, atSeconds: 1_800_000_100n });
  const outcome = await read(nodes, [eth, usdc]);
  const [, ofEth] = (outcome.kind === "ok" && outcome.value.get(eth)) || [];
  const [, ofUsdc] = (outcome.kind === "ok" && outcome.value.get(usdc)) || [];
  expect(ofEth).toMatchObject({
    decimals: 18,
    atMs: nodes.nowMs,
    market: { quotes: [usdc], quoteAtMs: 1_800_000_100_000, quoteMaxAgeMs: 3_600_000 },
  });
  expect(ofUsdc).toMatchObject({ decimals: 6, market: { quotes: [eth, wrapped] } });
  const ratio = (reading: PriceReading | undefined) => Number(reading?.market?.ratioE18) / 1e18;
  expect(ratio(ofEth) / 1e12 / 1.0001 ** tickOf2500).toBeCloseTo(1, 10);
  expect(ratio(ofEth) * ratio(ofUsdc)).toBeCloseTo(1, 12);
});

test("the native asset and its wrapping have the same price, whichever is configured", async () => {
  const nodes = new PricedNodes();
  expect(await said(nodes, [wrapped])).toEqual(both);
  const ofWrapped = sources.map((source) => ({
    ...source,
    asset: source.asset === eth ? wrapped : source.asset,
  }));
  expect(await said(nodes, [eth], ofWrapped)).toEqual(both);
  // Its own source goes before that of the other.
  const own = { ...sources[1], asset: wrapped } as PriceSource;
  expect(await said(nodes, [wrapped], [...sources, own])).toEqual({ ...both, chainlink: 1 });
  expect(await said(nodes, [eth], [...sources, own])).toEqual(both);
});

test("an asset without a source, and a chain that is not served, have no price", async () => {
  const nodes = new PricedNodes();
  expect(await said(nodes, [`eip155:1/erc20:0x${"9".repeat(40)}`])).toEqual({});
  expect(await said(nodes, [eth], [])).toEqual({});
  expect(nodes.requests).toEqual([]);
  const reader = createPriceReader({ chains: new Map(), chain: nodes.reader() });
  expect(await reader.read(5, [eth])).toEqual({ kind: "ok", value: new Map() });
});

describe("a rollup whose sequencer", () => {
  const feed = `0x${"5e".repeat(20)}` as const;
  const chain = { ...pricedChain, sequencer: { feed, graceSeconds: 100 } };
  const stopped = { answer: 1n };
  test.each<readonly [string, (nodes: PricedNodes) => void, number]>([
    [
      "has run for long enough",
      (n) => n.round(feed, { atSeconds: BigInt(n.timeOf(n.head) - 100) }),
      2,
    ],
    [
      "runs again since a moment",
      (n) => n.round(feed, { atSeconds: BigInt(n.timeOf(n.head) - 99) }),
      0,
    ],
    ["has stopped", (n) => n.round(feed, { ...stopped, atSeconds: 1n }), 0],
    ["was never told of", (n) => n.round(feed, { atSeconds: 0n }), 0],
    ["can't be asked", () => undefined, 0],
  ])("%s", async (_, change, count) => {
    const nodes = new PricedNodes();
    change(nodes);
    const deps = { chains: new Map([[1, chain]]), chain: nodes.reader(chain) };
    const outcome = await createPriceReader(deps).read(1, [eth]);
    expect(outcome.kind === "ok" && outcome.value.get(eth)).toHaveLength(count);
  });
});

test("what one node says is nothing, and all is read at one block", async () => {
  const nodes = new PricedNodes();
  const [url = "", other = ""] = pricedChain.rpcUrls;
  const lie = (digit: string) => (honest: unknown) =>
    String(honest).replace(/[1-8](?=.{0,40}$)/g, digit);
  nodes.behaviours.set(url, { lies: { eth_call: lie("9") } });
  expect(await said(nodes)).toEqual(both);
  nodes.behaviours.set(other, { lies: { eth_call: lie("0") } });
  expect(await said(nodes)).toEqual({});
  nodes.behaviours.set(other, { lag: 2 });
  nodes.behaviours.set(url, {});
  expect(await said(nodes)).toEqual(both);
  expect(weth < usdcToken).toBe(true);
});
