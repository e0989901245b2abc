/** Policies, spends and decisions that say nothing but what a test says. */
import type { DecisionInput } from "../../src/policy/decision.ts";
import { denyAll, type Policy } from "../../src/policy/policy.ts";
import type { Spend } from "../../src/policy/usage.ts";
import { account, eth, nowMs, router } from "./policy-fuzz.ts";
import { testOperation } from "./test-operation.ts";

const day = 86_400_000;

/** The selector of the swap that `testPolicy` allows. */
export const swapSelector = "0x04e45aaf";

/** Allows a swap of at most 50, and 100 a day. */
export function testPolicy(change: Partial<Policy> = {}): Policy {
  return {
    ...denyAll,
    version: 1,
    calls: [{ target: router, selectors: [swapSelector], arguments: [], maxValue: undefined }],
    assets: [{ asset: eth, maxPerOperation: 50n, windows: [{ windowMs: day, max: 100n }] }],
    maxSlippageBps: 100,
    operations: { windowMs: day, max: 3 },
    maxOperationFee: 10n,
    ...change,
  };
}

/** A swap of 50 that meets every limit of `testPolicy` exactly. */
export const swapOperation = testOperation({
  account,
  calls: [{ target: router, selector: swapSelector, data: swapSelector, value: 50n }],
  spends: [{ asset: eth, amount: 50n }],
  recipients: [account],
  slippageBps: 100,
  prices: [{ asset: eth, sources: 2, ageMs: 0, deviationBps: 300 }],
  maxFee: 10n,
});

/** What a decision looks at: `testPolicy`, and a history of nothing. */
export function testInput(change: Partial<DecisionInput> = {}): DecisionInput {
  return {
    policy: testPolicy(),
    restrictions: [],
    keyId: "k",
    triggerId: undefined,
    spends: [],
    receipts: [],
    infrastructure: new Set(),
    mayAsk: false,
    approved: false,
    nowMs,
    ...change,
  };
}

/** What was held `ageMs` ago. */
export function testSpend(reserved: bigint, ageMs: number, change: Partial<Spend> = {}): Spend {
  return {
    executionId: `e${ageMs}`,
    asset: eth,
    keyId: "",
    triggerId: "",
    reserved,
    settled: undefined,
    state: "HELD",
    atMs: nowMs - ageMs,
    ...change,
  };
}
