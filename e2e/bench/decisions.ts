/**
 * What a decision costs, in this process: an operation against a policy of a thousand rules, a
 * restriction beside it and a history of hundreds of spends, which are indexed anew each time.
 */
import { decide } from "../../vault-actor/src/policy/decide.ts";
import type { DecisionInput } from "../../vault-actor/src/policy/decision.ts";
import type { Operation } from "../../vault-actor/src/policy/operation.ts";
import { denyAll, type Policy } from "../../vault-actor/src/policy/policy.ts";
import { unrestricted } from "../../vault-actor/src/policy/restriction.ts";
import type { Spend } from "../../vault-actor/src/policy/usage.ts";
import { percentile } from "./load.ts";

/** The figures. Times are in milliseconds. */
export type DecisionCost = {
  readonly rules: number;
  readonly spends: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same where the fastest of three in a row counts: without what else the machine does. */
  readonly p99QuietMs: number;
  /** The first decision of a policy, which indexes its rules. */
  readonly firstMs: number;
};

const nowMs = 1_800_000_000_000;
const day = 86_400_000;
const spendCount = 600;
const account = addressOf(1);
const selectors = ["0x", "0xa9059cbb"];

/** Measures decisions that look at every kind of rule and end with allowed. */
export function measureDecisions(rounds = 2000): DecisionCost {
  const policy = largePolicy();
  const operation = operationOf(policy);
  const samples: number[] = [];
  const quiet: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const three: number[] = [];
    for (const input of [inputOf(policy), inputOf(policy), inputOf(policy)]) {
      const startMs = performance.now();
      const result = decide(operation, input);
      three.push(performance.now() - startMs);
      if (!result.ok) throw new Error(result.error.detail);
    }
    samples.push(...three);
    quiet.push(Math.min(...three));
  }
  return {
    rules: countRules(policy),
    spends: spendCount,
    p50Ms: rounded(percentile(samples.slice(1), 0.5)),
    p99Ms: rounded(percentile(samples.slice(1), 0.99)),
    p99QuietMs: rounded(percentile(quiet, 0.99)),
    firstMs: rounded(samples[0] ?? 0),
  };
}

/** Says it in a line. */
export function decisionText({
  rules,
  spends,
  p50Ms,
  p99Ms,
  p99QuietMs,
  firstMs,
}: DecisionCost): string {
  return `A decision over ${rules} rules and ${spends} spends: ${p50Ms} ms p50, ${p99Ms} ms p99, ${p99QuietMs} ms p99 of the fastest of three; the first of a policy ${firstMs} ms.`;
}

function largePolicy(): Policy {
  const window = { windowMs: day, max: 1_000_000n };
  return {
    ...denyAll,
    version: 1,
    calls: numbers(256).map((n) => ({
      target: addressOf(1000 + n),
      selectors,
      arguments: [
        { selector: "0xa9059cbb", word: 1, constraint: { kind: "range", min: 0n, max: 1000n } },
      ],
      maxValue: undefined,
    })),
    assets: numbers(128).map((n) => ({
      asset: tokenOf(n),
      maxPerOperation: 1000n,
      windows: [window, { ...window, windowMs: 7 * day }, { ...window, windowMs: 30 * day }],
    })),
    recipients: numbers(256).map((n) => addressOf(2000 + n)),
    maxOperationFee: 1000n,
    operations: { windowMs: day, max: 10_000 },
    usd: { windowMs: day, max: 1_000_000n, maxPerOperation: undefined },
    fees: window,
    newRecipients: { windowMs: day, max: 1000 },
    hours: {
      timeZone: "Europe/Berlin",
      spans: [{ days: [1, 2, 3, 4, 5, 6, 7], startMinute: 0, endMinute: 1440 }],
    },
  };
}

function countRules({ calls, assets, recipients }: Policy): number {
  const limits = assets.reduce((sum, { windows }) => sum + 1 + windows.length, 0);
  const allowed = calls.reduce((sum, rule) => sum + rule.selectors.length, 0);
  return allowed + limits + recipients.length;
}

/** The last rules of each list. */
function operationOf({ assets, calls, recipients }: Policy): Operation {
  const recipient = recipients.at(-1) ?? "";
  const words = [recipient.slice(-40), "5"].map((hex) => hex.padStart(64, "0"));
  const data = `0xa9059cbb${words.join("")}`;
  return {
    account,
    chain: "eip155:1",
    calls: [{ target: calls.at(-1)?.target ?? "", selector: "0xa9059cbb", data, value: 0n }],
    spends: [{ asset: assets.at(-1)?.asset ?? "", amount: 5n }],
    recipients: [recipient],
    allowances: [],
    slippageBps: 0,
    prices: [],
    worthMicroUsd: 5n,
    maxFee: 5n,
    maxFeePerGas: 1n,
    hosts: [],
    isEarly: false,
  };
}

function inputOf(policy: Policy): DecisionInput {
  const names = [tokenOf(127), "usd", "fee/eip155:1/slip44:60"];
  const spends = numbers(spendCount).map(
    (n): Spend => ({
      executionId: `e${Math.floor(n / 3)}`,
      asset: names[n % 3] ?? "",
      keyId: `k${n % 5}`,
      triggerId: "",
      reserved: 1n,
      settled: undefined,
      state: "HELD",
      atMs: nowMs - n * 1000,
    }),
  );
  return {
    policy,
    restrictions: [
      {
        layer: "KEY",
        restriction: { ...unrestricted, assets: policy.assets, recipients: policy.recipients },
      },
    ],
    keyId: "k1",
    triggerId: undefined,
    spends,
    receipts: [],
    infrastructure: new Set(),
    mayAsk: false,
    approved: false,
    nowMs,
  };
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function addressOf(n: number): string {
  return `eip155:1:0x${n.toString(16).padStart(40, "0")}`;
}

function tokenOf(n: number): string {
  return `eip155:1/erc20:0x${(3000 + n).toString(16).padStart(40, "0")}`;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
