/** Prices of a real chain: feeds and a pool, fresh and stale, pushed about, and lied about. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChainConfig } from "../../vault-actor/src/account/chain-config.ts";
import type { FetchRpc } from "../../vault-actor/src/account/node.ts";
import { createChainReader } from "../../vault-actor/src/chain/node-reader.ts";
import { fairOutput } from "../../vault-actor/src/price/fair-output.ts";
import { createPriceReader } from "../../vault-actor/src/price/oracle-reader.ts";
import { defaultPriceRule, type PriceReadings } from "../../vault-actor/src/price/price.ts";
import { worthMicroUsd } from "../../vault-actor/src/price/worth.ts";
import { testChain } from "../../vault-actor/test/support/test-chain.ts";
import { deployFeeds, type PriceFeeds, setFeed } from "../stack/chain/feeds.ts";
import { type LocalChain, localChainId, startNode } from "../stack/chain/node.ts";
import { createPool, type Exchange, poolPrice, sellEther } from "../stack/chain/pool.ts";
import { Instance } from "../stack/instance.ts";
import { type OracleOperator, startOracleOperator } from "../stack/oracle-operator.ts";
import { freePorts } from "../stack/ports.ts";
import { priceSourcesOf } from "../stack/price-sources.ts";

const eth = `eip155:${localChainId}/slip44:60`;
const one = parseEther("1");
const operators = ["http://a.test/", "http://b.test/", "http://c.test/"];

let instance: Instance;
let chain: LocalChain;
let deployment: Exchange & { readonly feeds: PriceFeeds };
let oracle: OracleOperator;
let usdc: string;
let weth: string;
beforeAll(async () => {
  instance = Instance.open("prices", false);
  chain = await startNode(instance, (await freePorts()).chain, false);
  deployment = { ...(await createPool(chain)), feeds: await deployFeeds(chain) };
  usdc = `eip155:${localChainId}/erc20:${deployment.usdc}`;
  weth = `eip155:${localChainId}/erc20:${deployment.wrappedNative}`;
  oracle = await startOracleOperator(chain, deployment);
  await oracle.settled();
}, 60_000);
afterAll(async () => {
  oracle?.stop();
  await instance?.stopAll();
});

/** What each operator says instead of the truth, by its endpoint. */
type Lies = Readonly<Record<string, (text: string) => string>>;

/** Reads prices as a vault does, of three operators of whom two must agree. */
async function read(lies: Lies = {}, change: Partial<ChainConfig> = {}): Promise<PriceReadings> {
  const toNode: FetchRpc = async (url, init) => {
    const answer = await fetch(chain.url, init);
    const text = await answer.text();
    return new Response(lies[url]?.(text) ?? text, answer);
  };
  const config: ChainConfig = {
    ...testChain(localChainId),
    rpcUrls: operators,
    quorum: 2,
    wrappedNative: deployment.wrappedNative,
    priceSources: priceSourcesOf(deployment),
    ...change,
  };
  const chains = new Map([[localChainId, config]]);
  const deps = { fetch: toNode, chains, onDisagreement: () => undefined, now: Date.now };
  const reader = createPriceReader({ chains, chain: createChainReader(deps) });
  const outcome = await reader.read(localChainId, [eth, weth, usdc]);
  if (outcome.kind !== "ok") throw new Error(outcome.reason);
  return outcome.value;
}

function fair(readings: PriceReadings, sell = eth, buy = usdc, amount = one) {
  const answer = fairOutput(sell, buy, amount, readings, defaultPriceRule, Date.now());
  return answer.ok ? answer.value : answer.error.metadata;
}

/** What one ether should bring in USDC. */
function dollars(readings: PriceReadings): number {
  const answer = fair(readings);
  if (!("amountOut" in answer)) throw new Error(JSON.stringify(answer));
  return Number(answer.amountOut) / 1e6;
}

describe("prices that are fit", () => {
  test("the feeds and the pool agree, from either side, of ether and its wrapping", async () => {
    const readings = await read();
    expect([...readings.values()].map((all) => all.map(({ group }) => group))).toEqual(
      Array.from({ length: 3 }, () => ["chainlink", "uniswap_v3"]),
    );
    const spot = await poolPrice(chain, deployment);
    expect(dollars(readings) / spot).toBeCloseTo(1, 3);
    expect(fair(readings)).toMatchObject({ prices: [{ sources: 2 }, { sources: 2 }] });
    expect(fair(readings, weth)).toMatchObject({ prices: [{ sources: 2 }, { sources: 2 }] });
    const back = fair(readings, usdc, eth, 2500_000_000n);
    expect("amountOut" in back && Number(back.amountOut) / 1e18).toBeCloseTo(1, 3);
    for (const [asset, unit, price] of [
      [eth, one, spot],
      [usdc, 1_000_000n, 1],
    ] as const) {
      const worth = worthMicroUsd(asset, unit, readings, defaultPriceRule, Date.now());
      expect(worth.ok && Number(worth.value.microUsd) / 1e6 / price).toBeCloseTo(1, 3);
    }
  });

  test("the market falls, and the prices follow", async () => {
    await sellEther(chain, deployment, "400");
    await oracle.settled();
    expect(dollars(await read())).toBeCloseTo(await poolPrice(chain, deployment), 0);
  });

  test("an operator lies, is silent or gone: nothing changes", async () => {
    const honest = dollars(await read());
    const liars: readonly ((text: string) => string)[] = [
      (text) => text.replace(/"0x[0-9a-f]{300,}"/g, (answer) => answer.replace(/[1-8]/g, "9")),
      () => "[]",
      () => "<html>",
    ];
    for (const lie of liars) expect(dollars(await read({ "http://b.test/": lie }))).toBe(honest);
  });
});

describe("prices that are not", () => {
  test("two operators tell different lies: no price of theirs counts", async () => {
    const lie = (digit: string) => (text: string) =>
      text.replace(/"0x[0-9a-f]{300,}"/g, (answer) => answer.replace(/[1-8]/g, digit));
    const readings = await read({ "http://a.test/": lie("9"), "http://b.test/": lie("0") });
    expect(fair(readings)).toEqual({ asset: eth, cause: "missing" });
  });

  test("whoever pushes the pool stops the swap, and does not make it cheaper", async () => {
    oracle.pause();
    await sellEther(chain, deployment, "400");
    await oracle.settled();
    expect(fair(await read())).toEqual({ asset: eth, cause: "deviation" });
    oracle.resume();
    await oracle.settled();
    expect(dollars(await read())).toBeCloseTo(await poolPrice(chain, deployment), 0);
  });

  test("whoever moves a feed stops the swap", async () => {
    oracle.pause();
    const spot = await poolPrice(chain, deployment);
    await setFeed(chain, deployment.feeds.eth, spot * 1.02);
    expect(dollars(await read())).toBeCloseTo(spot * 1.02, 0);
    await setFeed(chain, deployment.feeds.eth, spot * 1.04);
    expect(fair(await read())).toEqual({ asset: eth, cause: "deviation" });
    await setFeed(chain, deployment.feeds.eth, 0);
    expect(fair(await read())).toEqual({ asset: eth, cause: "missing" });
    oracle.resume();
    await oracle.settled();
  });

  test("a feed that says nothing for longer than it may is stale", async () => {
    oracle.pause();
    const priceSources = priceSourcesOf(deployment).map((source) =>
      source.kind === "chainlink" && source.asset === usdc
        ? { ...source, maxAgeSeconds: 1 }
        : source,
    );
    await sleep(1_100);
    const readings = await read({}, { priceSources });
    expect(fair(readings)).toEqual({ asset: usdc, cause: "stale" });
    // The pool's price of ether in US dollars is by way of USDC's.
    const worth = worthMicroUsd(eth, one, readings, defaultPriceRule, Date.now());
    expect(worth).toMatchObject({ error: { metadata: { cause: "stale" } } });
    oracle.resume();
  });

  test("a pool of other tokens, and one that does not remember so long, have no price", async () => {
    const [twap] = priceSourcesOf(deployment).filter(({ kind }) => kind === "uniswap_v3_twap");
    if (twap?.kind !== "uniswap_v3_twap") throw new Error("no pool");
    const other = `eip155:${localChainId}/erc20:${deployment.router}`;
    for (const wrong of [{ quote: other }, { windowSeconds: 86_400 }, { pool: deployment.usdc }]) {
      const readings = await read({}, { priceSources: [{ ...twap, ...wrong }] });
      expect(readings.get(eth)).toEqual([]);
    }
  });
});
