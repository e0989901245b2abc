/** What each action on chain does, with the real router, tokens and delegation framework. */
import { parseEther, parseUnits } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Execution_State } from "#gen/vault/v1/execution";
import { reasonOf } from "#protocol/errors";
import {
  type ActionInit,
  allowanceOf,
  anyActionVault,
  carryOut,
  localAccount,
  parties,
} from "../scenario/any-action.ts";
import { balancesOf } from "../scenario/owner.ts";
import { type LiveVault, nativeAsset, usdcAsset } from "../scenario/vault.ts";
import { poolFee } from "../stack/chain/pool.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ name: "actions", persistent: false, progress: () => {} });
  await stack.oracle.settled();
});
afterAll(() => stack?.stop());

const venue = { case: "uniswapV3" as const, value: { fee: poolFee } };
const exact = (units: bigint) => ({ amount: { case: "exact" as const, value: String(units) } });
const usdc = (amount: string) => parseUnits(amount, 6);
const held = (vault: LiveVault) => balancesOf(stack, vault.owner.smartAccount.address);
const sellDollars = (units: bigint) => ({
  sellAsset: usdcAsset(stack),
  buyAsset: nativeAsset,
  amount: exact(units),
  maxSlippageBps: 100,
  venue,
});
const final = async (vault: LiveVault, action: ActionInit) => {
  const execution = await carryOut(vault, action);
  expect(execution.failure?.detail ?? "").toBe("");
  expect(execution.state).toBe(Execution_State.FINAL);
  return execution;
};

describe("on the real chain", () => {
  test("a token is swapped into the native asset, and no allowance is left", async () => {
    const vault = await anyActionVault(stack, "5000");
    await final(vault, { case: "swap", value: sellDollars(usdc("2500")) });
    const after = await held(vault);
    expect(after.usdc).toBe(usdc("2500"));
    // About an ether came, unwrapped, and no worse than the slippage allows.
    expect(after.eth).toBeGreaterThan(parseEther("10.98"));
    expect(after.eth).toBeLessThan(parseEther("11"));
    expect(await allowanceOf(vault, stack.deployment.router)).toBe(0n);
  });

  test("a batch does all of its steps or none", async () => {
    const vault = await anyActionVault(stack, "5000");
    const send = (units: bigint) => ({
      case: "transfer" as const,
      value: {
        asset: usdcAsset(stack),
        amount: exact(units),
        recipient: localAccount(parties.friend),
      },
    });
    const approve = {
      case: "approve" as const,
      value: {
        asset: usdcAsset(stack),
        spender: localAccount(parties.spender),
        amount: String(usdc("40")),
      },
    };
    const swap = { case: "swap" as const, value: sellDollars(usdc("1000")) };
    const before = (await balancesOf(stack, parties.friend)).usdc;
    const batch = (...steps: readonly (typeof swap | typeof approve | ReturnType<typeof send>)[]) =>
      ({ case: "batch", value: { steps: steps.map((step) => ({ step })) } }) as const;
    await final(vault, batch(swap, send(usdc("10")), approve));
    expect((await held(vault)).usdc).toBe(usdc("3990"));
    expect((await balancesOf(stack, parties.friend)).usdc).toBe(before + usdc("10"));
    expect(await allowanceOf(vault, parties.spender)).toBe(usdc("40"));
    // The last step takes more than there is: the first ones do not happen either.
    const failed = await carryOut(vault, batch(swap, send(usdc("3500"))));
    expect(failed.state).toBe(Execution_State.FAILED);
    expect(await held(vault)).toMatchObject({ usdc: usdc("3990") });
  });

  test("an allowance is exact, replaced, taken back, and never above the policy's", async () => {
    const vault = await anyActionVault(stack, "100");
    const approve = (amount: bigint): ActionInit => ({
      case: "approve",
      value: {
        asset: usdcAsset(stack),
        spender: localAccount(parties.spender),
        amount: String(amount),
      },
    });
    for (const amount of [usdc("20"), usdc("30"), 0n]) {
      await final(vault, approve(amount));
      expect(await allowanceOf(vault, parties.spender)).toBe(amount);
    }
    const refused = (amount: bigint) =>
      carryOut(vault, approve(amount)).then(({ failure }) => failure?.reason, reasonOf);
    expect(await refused(usdc("51"))).toBe("LIMIT_EXCEEDED");
    expect(await refused(1n << 255n)).toBe("POLICY_REFUSED");
  });

  test("a rebalance brings the weights, and does nothing once they are there", async () => {
    // 10 ETH are about 25,000 dollars.
    const vault = await anyActionVault(stack, "5000");
    const rebalance: ActionInit = {
      case: "rebalance",
      value: {
        targets: [
          { asset: nativeAsset, weightBps: 5000 },
          { asset: usdcAsset(stack), weightBps: 5000 },
        ],
        toleranceBps: 200,
        maxSlippageBps: 100,
        venue,
      },
    };
    await final(vault, rebalance);
    const after = await held(vault);
    expect(after.eth).toBeGreaterThan(parseEther("5.9"));
    expect(after.eth).toBeLessThan(parseEther("6.1"));
    expect(after.usdc).toBeGreaterThan(usdc("14700"));
    const again = await final(vault, rebalance);
    expect(again.userOperationHash).toBe("");
    expect(await held(vault)).toEqual(after);
  });

  test("an exit sends everything to the owner's safe address", async () => {
    const vault = await anyActionVault(stack, "123");
    const before = await balancesOf(stack, parties.safe);
    await final(vault, { case: "exit", value: {} });
    expect(await held(vault)).toMatchObject({ eth: 0n, usdc: 0n });
    const after = await balancesOf(stack, parties.safe);
    expect(after.usdc - before.usdc).toBe(usdc("123"));
    expect(after.eth - before.eth).toBe(parseEther("10"));
    // Nobody else may use the safe address: it is no recipient.
    const send = carryOut(vault, {
      case: "transfer",
      value: { asset: nativeAsset, amount: exact(1n), recipient: localAccount(parties.safe) },
    });
    expect(await send.then(() => "ok", reasonOf)).toBe("POLICY_REFUSED");
  });
});
