/** Any policies, restrictions, operations and histories, of so few names that they often meet. */
import fc from "fast-check";
import type { ArgumentRule, CallRule } from "../../src/policy/call-rule.ts";
import type { DecisionInput, Restricted } from "../../src/policy/decision.ts";
import type { AssetLimit } from "../../src/policy/limit.ts";
import type { Operation, PlannedCall } from "../../src/policy/operation.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Receipt } from "../../src/policy/recipients.ts";
import type { Restriction } from "../../src/policy/restriction.ts";
import type { Hours } from "../../src/policy/rule.ts";
import type { Spend } from "../../src/policy/usage.ts";

export const nowMs = 1_800_000_000_000;
export const day = 86_400_000;
export const account = `eip155:1:0x${"a".repeat(40)}`;
export const token = `eip155:1:0x${"1".repeat(40)}`;
export const router = `eip155:1:0x${"b".repeat(40)}`;
export const stranger = `eip155:1:0x${"c".repeat(40)}`;
export const manager = `eip155:1:0x${"d".repeat(40)}`;
export const eth = "eip155:1/slip44:60";
export const coin = `eip155:1/erc20:0x${"1".repeat(40)}`;
const fee = `fee/${eth}`;

const approve = "0x095ea7b3";
const transfer = "0xa9059cbb";
const swap = "0x04e45aaf";

/** A 32-byte word of a number or an address. */
export const word = (value: bigint | string) =>
  typeof value === "bigint"
    ? `0x${value.toString(16).padStart(64, "0")}`
    : `0x${value.split(":")[2]?.slice(2).padStart(64, "0")}`;

const words = [word(0n), word(5n), word(9n), word(account), word(router)];
const windowMs = fc.constantFrom(60_000, 3_600_000, day, 31 * day);
const amount = fc.bigInt({ min: 0n, max: 60n });
const large = fc.bigInt({ min: 0n, max: 300n });
const rarely = <T>(some: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: some, weight: 1 });
const mostly = <T>(usual: T, other: fc.Arbitrary<T>, weight = 6) =>
  fc.oneof({ arbitrary: fc.constant(usual), weight }, { arbitrary: other, weight: 1 });

const constraint: fc.Arbitrary<ArgumentRule["constraint"]> = fc.oneof(
  fc.subarray(words, { minLength: 1 }).map((some) => ({ kind: "one_of" as const, words: some })),
  fc.record({
    kind: fc.constant("range" as const),
    min: fc.bigInt({ min: 0n, max: 6n }),
    max: fc.option(fc.bigInt({ min: 6n, max: 12n }), { nil: undefined }),
  }),
  fc.constant({ kind: "own_account" as const }),
);

const argumentsOf = (selectors: readonly string[]): fc.Arbitrary<readonly ArgumentRule[]> => {
  const typed = selectors.filter((selector) => selector !== "0x");
  if (typed.length === 0) return fc.constant([]);
  const one = fc.record({
    selector: fc.constantFrom(...typed),
    word: fc.nat({ max: 2 }),
    constraint,
  });
  return mostly<readonly ArgumentRule[]>(
    [],
    fc.uniqueArray(one, {
      maxLength: 2,
      selector: ({ selector, word }) => `${selector}${word}`,
    }),
    2,
  );
};

const callRule = (target: string): fc.Arbitrary<CallRule> =>
  mostly(
    ["0x", approve, transfer, swap],
    fc.subarray(["0x", approve, transfer], { minLength: 1 }),
  ).chain((selectors) =>
    fc.record({
      target: fc.constant(target),
      selectors: fc.constant(selectors),
      arguments: argumentsOf(selectors),
      maxValue: rarely(amount),
    }),
  );

const callRules: fc.Arbitrary<readonly CallRule[]> = mostly(
  [token, router],
  fc.subarray([token, router, account, manager]),
).chain((targets) => fc.tuple(...targets.map(callRule)));

const assetLimits: fc.Arbitrary<readonly AssetLimit[]> = mostly(
  [eth, coin],
  fc.subarray([eth, coin]),
).chain((assets) =>
  fc.tuple(
    ...assets.map((asset) =>
      fc.record({
        asset: fc.constant(asset),
        maxPerOperation: mostly(60n, amount),
        windows: fc.array(fc.record({ windowMs, max: large }), { minLength: 1, maxLength: 2 }),
      }),
    ),
  ),
);

const span = fc.record({
  days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
  startMinute: fc.nat({ max: 700 }),
  endMinute: fc.integer({ min: 701, max: 1440 }),
});

const hours: fc.Arbitrary<Hours> = fc.record({
  timeZone: fc.constantFrom("Europe/Berlin", "UTC", "Asia/Kathmandu", "America/New_York"),
  spans: fc.array(span, { minLength: 1, maxLength: 3 }),
});

const count = fc.record({ windowMs, max: fc.integer({ min: 0, max: 6 }) });
const usd = fc.record({ windowMs, max: large, maxPerOperation: rarely(amount) });

/** Any policy. */
export const policies: fc.Arbitrary<Policy> = fc.record({
  version: fc.constant(1),
  calls: callRules,
  assets: assetLimits,
  recipients: mostly([router, stranger], fc.subarray([router, stranger])),
  maxSlippageBps: mostly(100, fc.nat({ max: 120 })),
  operations: rarely(count),
  maxOperationFee: mostly(12n, fc.bigInt({ min: 0n, max: 12n })),
  usd: rarely(usd),
  loosenDelayMs: fc.constantFrom(0, day),
  chains: mostly<string[]>([], fc.subarray(["eip155:1", "eip155:8453"])),
  hours: rarely(hours),
  newRecipients: rarely(count),
  fees: rarely(fc.record({ windowMs, max: large })),
  maxFeePerGas: rarely(fc.bigInt({ min: 0n, max: 12n })),
  oracle: fc.record({
    minSources: mostly(2, fc.integer({ min: 1, max: 3 })),
    maxAgeMs: rarely(fc.constantFrom(60_000, 600_000)),
    maxDeviationBps: mostly(300, fc.constantFrom(50, 100)),
  }),
  allowances: mostly(
    [{ asset: coin, spender: router, max: 60n }],
    fc.array(
      fc.record({
        asset: fc.constantFrom(coin, eth),
        spender: fc.constantFrom(router, stranger),
        max: amount,
      }),
      { maxLength: 1 },
    ),
  ),
  approvals: fc.option(
    fc.record({
      over: fc.uniqueArray(fc.record({ asset: fc.constantFrom(eth, coin), amount }), {
        maxLength: 2,
        selector: ({ asset }) => asset,
      }),
      newRecipient: fc.boolean(),
      overLimit: fc.boolean(),
      waitMs: fc.constantFrom(60_000, day),
      maxWorseningBps: fc.constantFrom(50, 100),
    }),
    { nil: undefined },
  ),
  exitRecipient: fc.constantFrom("", "", stranger),
  webhookHosts: fc.subarray(["a.example", "b.example"]),
});

const restrictions: fc.Arbitrary<Restriction> = fc.record({
  calls: mostly<readonly CallRule[]>([], callRules),
  assets: mostly<readonly AssetLimit[]>([], assetLimits),
  recipients: mostly<string[]>([], fc.subarray([router, stranger])),
  maxSlippageBps: rarely(fc.nat({ max: 120 })),
  operations: rarely(count),
  usd: rarely(usd),
  hours: rarely(hours),
});

const call: fc.Arbitrary<PlannedCall> = fc
  .record({
    target: mostly(router, fc.constantFrom(token, token, account, manager, stranger)),
    selector: fc.constantFrom(
      "0x",
      transfer,
      swap,
      approve,
      transfer,
      swap,
      "0xa22cb465",
      "0xdeadbeef",
    ),
    words: fc.array(fc.constantFrom(...words), { maxLength: 3 }),
    broken: mostly("", fc.constantFrom("ff", "cut"), 20),
    value: mostly(0n, amount, 2),
  })
  .map(({ target, selector, words: some, broken, value }) => {
    const data = selector === "0x" ? "0x" : selector + some.map((one) => one.slice(2)).join("");
    const changed = broken === "cut" ? data.slice(0, -2) : data + broken;
    return { target, selector, data: changed.length < 2 ? "0x" : changed, value };
  });

/** An exact approval, as an allowance and as the call that gives it. */
const approval = fc
  .record({
    spender: mostly(router, fc.constantFrom(stranger)),
    amount: fc.oneof(fc.constantFrom(5n, 9n, 0n), fc.constantFrom((1n << 96n) - 1n, 1n << 200n)),
    given: mostly(true, fc.constant(false)),
    venue: mostly(false, fc.constant(true), 2),
  })
  .map(({ spender, amount: size, given, venue }) => ({
    allowances: given ? [{ asset: coin, spender, amount: size }] : [],
    calls: [
      {
        target: token,
        selector: approve,
        data: approve + word(spender).slice(2) + word(size).slice(2),
        value: 0n,
        ...(venue ? { venue } : {}),
      },
    ],
  }));

/** Any operation. */
export const operations: fc.Arbitrary<Operation> = fc
  .record({
    calls: fc.array(call, { minLength: 0, maxLength: 2 }),
    approval: mostly<{ allowances: Operation["allowances"]; calls: PlannedCall[] }>(
      { allowances: [], calls: [] },
      approval,
      2,
    ),
    spends: fc
      .subarray([eth, coin])
      .chain((assets) =>
        fc.tuple(...assets.map((asset) => fc.record({ asset: fc.constant(asset), amount }))),
      ),
    recipients: fc.subarray([account, router, stranger]),
    slippageBps: mostly(0, fc.nat({ max: 130 }), 2),
    prices: fc.array(
      fc.record({
        asset: fc.constantFrom(eth, coin),
        sources: mostly(3, fc.integer({ min: 0, max: 3 })),
        ageMs: fc.constantFrom(0, 60_000, 300_000),
        deviationBps: mostly(50, fc.constantFrom(80, 300, 301)),
      }),
      { maxLength: 2 },
    ),
    worthMicroUsd: fc.option(amount, { nil: undefined, freq: 4 }),
    maxFee: fc.bigInt({ min: 0n, max: 13n }),
    maxFeePerGas: fc.bigInt({ min: 0n, max: 13n }),
    chain: mostly("eip155:1", fc.constant("eip155:8453"), 20),
    hosts: mostly<string[]>([], fc.subarray(["a.example", "b.example"])),
    isEarly: fc.boolean(),
    isExit: fc.boolean(),
  })
  .map(({ approval, calls, isExit, ...rest }) => ({
    ...rest,
    ...(isExit ? { isExit } : {}),
    account,
    allowances: approval.allowances,
    calls: [...approval.calls, ...calls],
  }));

const spends: fc.Arbitrary<readonly Spend[]> = fc.array(
  fc
    .record({
      executionId: fc.constantFrom("e1", "e2", "e3", "e4", "e5"),
      asset: fc.constantFrom(eth, coin, "usd", fee),
      keyId: fc.constantFrom("k1", "k2"),
      triggerId: fc.constantFrom("", "t1", "t2"),
      reserved: amount,
      part: fc.constantFrom(0n, 1n, 2n),
      state: fc.constantFrom("HELD" as const, "SETTLED" as const, "RELEASED" as const),
      age: fc.oneof(fc.constantFrom(0, 60_000, day), fc.nat({ max: 32 * day })),
    })
    .map(({ part, age, ...spend }) => ({
      ...spend,
      settled: spend.state === "SETTLED" ? (spend.reserved * part) / 2n : undefined,
      atMs: nowMs - age,
    })),
  { maxLength: 8 },
);

const receipts: fc.Arbitrary<readonly Receipt[]> = fc.array(
  fc.record({
    recipient: fc.constantFrom(router, stranger, "other"),
    atMs: fc.constantFrom(nowMs, nowMs - 60_000, nowMs - day, nowMs - 40 * day),
    settled: fc.boolean(),
  }),
  { maxLength: 3 },
);

/** All that a decision looks at, of one policy. */
export const inputsOf = (policy: fc.Arbitrary<Policy>): fc.Arbitrary<DecisionInput> =>
  fc.record({
    policy,
    restrictions: mostly<readonly Restricted[]>(
      [],
      fc.array(
        fc.record({
          layer: fc.constantFrom("KEY" as const, "TRIGGER" as const),
          restriction: restrictions,
        }),
        { maxLength: 2 },
      ),
      2,
    ),
    keyId: fc.constant("k1"),
    triggerId: fc.constantFrom(undefined, "t1"),
    spends,
    receipts,
    infrastructure: fc.constant(new Set([manager])),
    mayAsk: fc.boolean(),
    approved: mostly(false, fc.constant(true)),
    nowMs: mostly(nowMs, fc.integer({ min: nowMs, max: nowMs + 200 * day }), 2),
  });
