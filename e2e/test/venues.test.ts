/** What one venue can do to a price, from its feed to the published round. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createSignalClient } from "#client/signal-client";
import { type Observation, Quality } from "#gen/signal/v1/observation";
import { verifySnapshot } from "#protocol/snapshot";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ name: "venues", persistent: false, progress: () => {} });
});
afterAll(() => stack?.stop());
afterEach(() => {
  Object.assign(stack.world.state, { lies: {}, silent: [], ethUsd: 2500, usdcUsd: 0.9998 });
});

const eth = "market.price.eth.usd@v1";
const usdc = "market.price.usdc.usd@v1";
const peg = "market.peg_dev.usdc.usd@v1";

async function published(series: string): Promise<Observation | undefined> {
  const { signedSnapshot } = await createSignalClient(stack.baseUrl).getSnapshot({});
  if (signedSnapshot === undefined) throw new Error("no snapshot");
  const snapshot = await verifySnapshot(signedSnapshot, stack.secrets.feedKeyId);
  if (!snapshot.ok) throw new Error(snapshot.error);
  return snapshot.value.observations.find((one) => one.series === series);
}

/** The first observation of a series that `wanted` likes; every one until then goes by `seen`. */
async function awaited(
  series: string,
  wanted: (observation: Observation) => boolean,
  seen: (observation: Observation) => void = () => {},
): Promise<Observation> {
  for (let i = 0; i < 150; i++) {
    const current = await published(series);
    if (current !== undefined) seen(current);
    if (current !== undefined && wanted(current)) return current;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no such observation of ${series} within 15 s`);
}

const isCalm = ({ qualities }: Observation) => qualities.length === 0;
const isFlagged = (quality: Quality) => (one: Observation) => one.qualities.includes(quality);

test("a price rests on all of its venues", async () => {
  const calm = await awaited(eth, isCalm);
  expect(calm).toMatchObject({ value: "2500", sources: ["coingecko", "coinpaprika", "pyth"] });
});

test("P9: a venue that lies moves no price, and is told of", async () => {
  await awaited(eth, isCalm);
  stack.world.state.lies = { coingecko: { ethUsd: 1500 } };
  const lied = await awaited(eth, isFlagged(Quality.CONFLICTING), ({ value }) =>
    expect(value).toBe("2500"),
  );
  expect(lied.sources).toContain("coingecko");
});

test("P3: a venue that says cents has no vote", async () => {
  await awaited(usdc, isCalm);
  stack.world.state.lies = { pyth: { usdcUsd: 99.98 } };
  const without = await awaited(usdc, ({ sources }) => !sources.includes("pyth"));
  expect(without.value).toBe("0.9998");
});

test("P1: where every venue says null there is no price, and no depeg", async () => {
  await awaited(peg, isCalm);
  const none = { usdcUsd: null };
  stack.world.state.lies = { coingecko: none, coinpaprika: none, pyth: none };
  const missing = await awaited(usdc, isFlagged(Quality.UNAVAILABLE));
  expect(missing.value).toBeUndefined();
  const unknown = await awaited(peg, isFlagged(Quality.UNAVAILABLE));
  expect(unknown.value).toBeUndefined();
});

test("a depeg on every venue is a depeg, signed and in basis points", async () => {
  stack.world.state.usdcUsd = 0.9949;
  const off = await awaited(peg, ({ value }) => value === "-51");
  expect(off.sources).toEqual(["coingecko", "coinpaprika", "pyth"]);
});
