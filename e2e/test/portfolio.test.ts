/** What a vault holds and is worth, on a real chain: read, and recorded after an execution. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Execution_State } from "#gen/vault/v1/execution";
import { protectedVault } from "../scenario/protected-vault.ts";
import {
  type LiveVault,
  nativeAsset,
  requestId,
  swapIntent,
  usdcAsset,
} from "../scenario/vault.ts";
import { hasEnded, waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { waitFor } from "../stack/wait.ts";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({ name: "portfolio", persistent: false, progress: () => {} });
  vault = await protectedVault(stack);
});
afterAll(() => stack?.stop());

const read = async () => {
  const { name, client } = vault;
  const { portfolio } = await client.vault.getPortfolio({ name: `${name}/portfolio` });
  if (portfolio === undefined) throw new Error("no portfolio");
  return portfolio;
};
const snapshots = async () =>
  (await vault.client.vault.listPortfolioSnapshots({ parent: vault.name })).snapshots;

test("the policy's assets and the tracked ones, with prices of two sources", async () => {
  const usdc = usdcAsset(stack);
  await vault.client.vault.updatePortfolio({
    parent: vault.name,
    requestId: requestId(),
    trackedAssets: [usdc],
  });
  const portfolio = await read();
  expect(portfolio.complete).toBe(true);
  const of = (asset: string) => portfolio.holdings.find((one) => one.asset === asset);
  expect(of(nativeAsset)).toMatchObject({ balance: "10000000000000000000", priceSources: 2 });
  expect(of(usdc)).toMatchObject({ balance: "0", decimals: 6, priceSources: 2, valueUsd: "0" });
  expect(Number(of(nativeAsset)?.priceUsd) / 2500).toBeCloseTo(1, 2);
  expect(Number(portfolio.totalUsd) / 25_000).toBeCloseTo(1, 2);
  expect(await snapshots()).toEqual([]);
});

test("an execution that is settled is followed by one snapshot of what is there then", async () => {
  await vault.client.vault.submitIntent({
    parent: vault.name,
    requestId: requestId(),
    intent: swapIntent(stack, { ether: "1" }),
  });
  const execution = await waitForExecution(vault, hasEnded);
  expect(execution.state).toBe(Execution_State.FINAL);
  const [snapshot] = await waitFor("a snapshot", async () => {
    const found = await snapshots();
    return found.length > 0 ? found : undefined;
  });
  expect(snapshot?.blockNumber).toBeGreaterThanOrEqual(execution.blockNumber);
  const [ether, dollars] = [nativeAsset, usdcAsset(stack)].map((asset) =>
    snapshot?.holdings.find((one) => one.asset === asset),
  );
  expect(ether?.balance).toBe("9000000000000000000");
  expect(Number(dollars?.balance) / 1e6 / 2500).toBeCloseTo(1, 1);
  // Whoever dies after it was recorded does not record it again.
  await stack.kill(["workerd"]);
  await stack.restart();
  await read();
  expect(await snapshots()).toHaveLength(1);
});
