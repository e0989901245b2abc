/** A policy of a thousand rules, and an operation that meets every kind of them. Pure. */
import type { DecisionInput } from "../../vault-actor/src/policy/decision.ts";
import type { Operation } from "../../vault-actor/src/policy/operation.ts";
import { denyAll, type Policy } from "../../vault-actor/src/policy/policy.ts";
import { unrestricted } from "../../vault-actor/src/policy/restriction.ts";
import type { Spend } from "../../vault-actor/src/policy/usage.ts";

const nowMs = 1_800_000_000_000;
const day = 86_400_000;
/** How many spends are in the history. */
export const spendCount = 600;
const account = addressOf(1);
const selectors = ["0x", "0xa9059cbb"];

/** The policy. Its lists are new each time, so that they are indexed anew. */
export function largePolicy(): Policy {
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

/** How many rules a policy has. */
export function countRules({ calls, assets, recipients }: Policy): number {
  const limits = assets.reduce((sum, { windows }) => sum + 1 + windows.length, 0);
  const allowed = calls.reduce((sum, rule) => sum + rule.selectors.length, 0);
  return allowed + limits + recipients.length;
}

/** An operation that meets the last rules of each list. */
export function operationOf({ assets, calls, recipients }: Policy): Operation {
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

/** What a decision looks at, with a restriction as well, and spends that are indexed anew. */
export function inputOf(policy: Policy): DecisionInput {
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
