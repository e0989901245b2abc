/** Chainlink's adapter against a price feed on a real chain: the calls, the words, the clocks. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Address } from "#protocol/names";
import { priceOf } from "../../signals-service/src/series/market.ts";
import { chainlink } from "../../signals-service/src/source/chainlink.ts";
import { outcomeOf } from "../../signals-service/test/support/adapter.ts";
import { devAccount, roles } from "../stack/chain/accounts.ts";
import { artifact } from "../stack/chain/artifacts.ts";
import { deploy } from "../stack/chain/deploy.ts";
import { type LocalChain, startNode } from "../stack/chain/node.ts";
import { Instance } from "../stack/instance.ts";
import { freePorts } from "../stack/ports.ts";

const contract = artifact("../contracts/TestPriceFeed.json");
let instance: Instance;
let chain: LocalChain;
let eth: Address;
let usdc: Address;
beforeAll(async () => {
  instance = Instance.open("chainlink", false);
  chain = await startNode(instance, (await freePorts()).chain, false);
  eth = await deploy(chain, contract, [8]);
  usdc = await deploy(chain, contract, [18]);
});
afterAll(() => instance?.stopAll());

async function setAnswer(address: Address, answer: bigint): Promise<number> {
  const wallet = chain.wallet(devAccount(roles.liquidity));
  const { abi } = contract;
  const hash = await wallet.writeContract({
    address,
    abi,
    functionName: "setAnswer",
    args: [answer],
  });
  const { blockNumber } = await chain.reader.waitForTransactionReceipt({ hash });
  return Number((await chain.reader.getBlock({ blockNumber })).timestamp) * 1000;
}

async function readings(feeds: Readonly<Record<string, string>>) {
  const headers = { "content-type": "application/json" };
  const node = (url: string, body = "") => fetch(url, { method: "POST", headers, body });
  const outcome = await outcomeOf(chainlink({ url: chain.url, feeds }), node, Date.now());
  if (outcome.kind === "failed") throw new Error(outcome.failure.detail);
  return outcome.readings.readings;
}

test("P1: a feed that has no round yet has no price", async () => {
  const [reading] = await readings({ [priceOf.eth]: eth });
  expect(reading).toMatchObject({ value: undefined });
});

test("a feed's round is its price, as old as its block, whatever its places", async () => {
  const ethMs = await setAnswer(eth, 341_277_000_000n);
  const usdcMs = await setAnswer(usdc, 999_810_000_000_000_000n);
  expect(await readings({ [priceOf.eth]: eth, [priceOf.usdc]: usdc })).toMatchObject([
    { series: priceOf.eth, value: "3412.77", observeMs: ethMs },
    { series: priceOf.usdc, value: "0.99981", observeMs: usdcMs },
  ]);
});

test("a price below zero is none", async () => {
  await setAnswer(eth, -1n);
  const [reading] = await readings({ [priceOf.eth]: eth });
  expect(reading).toMatchObject({ value: undefined });
});

test("where there is no feed there is no price; the others go on", async () => {
  const nobody = "0x00000000000000000000000000000000000000ff";
  const token = await deploy(chain, artifact("../contracts/TestUsdc.json"));
  const found = await readings({
    [priceOf.dai]: nobody,
    [priceOf.usdt]: token,
    [priceOf.usdc]: usdc,
  });
  expect(found.map(({ value }) => value)).toEqual([undefined, undefined, "0.99981"]);
});
