/** Nodes of a chain with a price feed of ether and of USDC, and a pool of the two. */
import { encodeAbiParameters, type Hex, parseAbiParameters, toHex } from "viem";
import type { ChainConfig } from "../../src/account/chain-config.ts";
import type { PriceSource } from "../../src/account/chain-extras.ts";
import type { ChainRead } from "../../src/chain/chain-read.ts";
import { createChainReader } from "../../src/chain/node-reader.ts";
import { feedReads, twapReads } from "../../src/price/source-reads.ts";
import { FakeChainNodes } from "./fake-chain-nodes.ts";
import { testChain } from "./test-chain.ts";

const address = (digits: string) => `0x${digits.repeat(20)}` as const;

/** The pool's first token is the one with the lower address: ether here. */
export const weth = address("e1");
export const usdcToken = address("ee");
export const ethFeed = address("fe");
export const usdcFeed = address("fd");
export const pool = address("f0");

export const eth = "eip155:1/slip44:60";
export const wrapped = `eip155:1/erc20:${weth}`;
export const usdc = `eip155:1/erc20:${usdcToken}`;

const feed = { kind: "chainlink", group: "chainlink", maxAgeSeconds: 3600 } as const;
const twap = { kind: "uniswap_v3_twap", group: "uniswap_v3", pool, windowSeconds: 60 } as const;

/** The sources: both assets from the feeds, and from either side of the pool. */
export const sources: readonly PriceSource[] = [
  { ...feed, asset: eth, feed: ethFeed },
  { ...feed, asset: usdc, feed: usdcFeed },
  { ...twap, asset: eth, quote: usdc },
  { ...twap, asset: usdc, quote: eth },
];

/** The chain's configuration: three operators, of whom two must agree. */
export const pricedChain: ChainConfig = {
  ...testChain(1),
  rpcUrls: ["http://a.node.test/", "http://b.node.test/", "http://c.node.test/"],
  quorum: 2,
  wrappedNative: weth,
  priceSources: sources,
};

/** The tick of 2,500 USDC for one ether. */
export const tickOf2500 = -198_080;

/** What a feed answers. */
export type Round = {
  readonly roundId?: bigint;
  readonly answer?: bigint;
  readonly atSeconds?: bigint;
  readonly answeredInRound?: bigint;
};

/** The nodes, and a reader that asks them. */
export class PricedNodes extends FakeChainNodes {
  constructor() {
    super();
    this.decimals(ethFeed, 8);
    this.decimals(usdcFeed, 8);
    this.decimals(weth, 18);
    this.decimals(usdcToken, 6);
    this.round(ethFeed, { answer: 2500_00000000n });
    this.round(usdcFeed, { answer: 1_00000000n });
    this.tick(tickOf2500);
    const tokens = encode("address");
    this.calls.set(`${pool}/0x0dfe1681`, tokens([weth]));
    this.calls.set(`${pool}/0xd21220a7`, tokens([usdcToken]));
  }

  /** The time of the newest block, in milliseconds. */
  get nowMs(): number {
    return this.timeOf(this.head) * 1000;
  }

  decimals(token: Hex, decimals: number): void {
    this.calls.set(`${token}/0x313ce567`, toHex(decimals, { size: 32 }));
  }

  /** Starts a feed's round. */
  round(of: Hex, { roundId = 7n, answer = 0n, atSeconds, answeredInRound }: Round): void {
    const at = atSeconds ?? BigInt(this.timeOf(this.head));
    const values = [roundId, answer, at, at, answeredInRound ?? roundId];
    const source = { ...feed, asset: eth, feed: ethFeed };
    const data = dataOf(feedReads(pricedChain, source).answer);
    const encoded = encode("uint80, int256, uint256, uint256, uint80")(values);
    this.calls.set(`${of}/${data}`, encoded);
  }

  /** What the pool's tick was on average. */
  tick(mean: number): void {
    const ticks = [-1_000_000_000, -1_000_000_000 + mean * twap.windowSeconds];
    this.observe(() => encode("int56[], uint160[]")([ticks, [1n, 2n]]));
  }

  /** Changes what the pool answers about its past. `"revert"`: it does not remember. */
  observe(change: (answer: Hex) => Hex | "revert"): void {
    const data = dataOf(twapReads(pricedChain, { ...twap, asset: eth, quote: usdc }).start);
    const key = `${pool}/${data}`;
    this.calls.set(key, change(this.calls.get(key) ?? "0x") as Hex);
  }

  /** Takes all nodes away. */
  silence(): void {
    for (const url of pricedChain.rpcUrls) {
      this.behaviours.set(url, { always: () => new Response("", { status: 503 }) });
    }
  }

  /** A reader of these nodes. */
  reader(chain = pricedChain) {
    return createChainReader({
      fetch: this.fetch,
      chains: new Map([[1, chain]]),
      onDisagreement: () => undefined,
      now: () => this.nowMs,
    });
  }
}

function dataOf(read: ChainRead): Hex {
  return read.kind === "call" ? read.data : "0x";
}

function encode(types: string) {
  return (values: readonly unknown[]): Hex =>
    encodeAbiParameters(parseAbiParameters(types) as never, values as never);
}
