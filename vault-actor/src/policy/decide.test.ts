import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testOperation } from "../../test/support/test-operation.ts";
import { isAtMost } from "./compare.ts";
import { type DecisionInput, decide } from "./decide.ts";
import type { Operation } from "./operation.ts";
import { denyAll, type Policy } from "./policy.ts";
import { type Spend, usedIn } from "./usage.ts";

const account = "eip155:1:0x00000000000000000000000000000000000000aa";
const router = "eip155:1:0x00000000000000000000000000000000000000bb";
const eth = "eip155:1/slip44:60";
const nowMs = 1_800_000_000_000;
const day = 86_400_000;

const policy: Policy = {
  version: 1,
  calls: [{ target: router, selectors: ["0x04e45aaf"] }],
  assets: [{ asset: eth, maxPerOperation: 50n, windows: [{ windowMs: day, max: 100n }] }],
  recipients: [],
  maxSlippageBps: 100,
  operations: { windowMs: day, max: 3 },
  maxOperationFee: 10n,
};
const operation: Operation = testOperation({
  account,
  calls: [{ target: router, selector: "0x04e45aaf", data: "0x04e45aaf", value: 50n }],
  spends: [{ asset: eth, amount: 50n }],
  recipients: [account],
  slippageBps: 100,
  maxFee: 10n,
});
const call = { target: router, selector: "0x04e45aaf", data: "0x", value: 0n };
const spend = (
  reserved: bigint,
  ageMs: number,
  state: Spend["state"] = "HELD",
  settled?: bigint,
): Spend => ({
  executionId: `e${ageMs}`,
  asset: eth,
  keyId: "",
  reserved,
  settled,
  state,
  atMs: nowMs - ageMs,
});
const input = (changes: Partial<DecisionInput> = {}): DecisionInput => ({
  policy,
  keyLimits: [],
  keyId: "k",
  spends: [],
  nowMs,
  ...changes,
});
const ruleOf = (op: Partial<Operation>, changes: Partial<DecisionInput> = {}) => {
  const result = decide({ ...operation, ...op }, input(changes));
  return result.ok ? "allowed" : (result.error.metadata.rule ?? result.error.metadata.limit);
};

describe("decide", () => {
  test("allows what every rule allows, and lists the limits", () => {
    const result = decide(operation, input());
    expect(result.ok && result.value.met.map((limit) => limit.rule)).toEqual([
      `${eth} 50 per operation`,
      `${eth} 100 per 86400 s`,
      "operations 3 per 86400 s",
    ]);
  });
  test.each([
    ["no calls", { calls: [] }, "calls"],
    ["another target", { calls: [{ ...call, target: account }] }, "target"],
    ["another selector", { calls: [{ ...call, selector: "0xdeadbeef" }] }, "selector"],
    ["an approval", { calls: [{ ...call, selector: "0x095ea7b3" }] }, "approval"],
    [
      "a second call that is not allowed",
      { calls: [call, { ...call, target: account }] },
      "target",
    ],
    ["another asset", { spends: [{ asset: "eip155:1/slip44:1", amount: 1n }] }, "asset"],
    ["a stranger as recipient", { recipients: [router] }, "recipient"],
    ["too much slippage", { slippageBps: 101 }, "slippage"],
    ["too high a fee", { maxFee: 11n }, "fee per operation"],
    ["too much at once", { spends: [{ asset: eth, amount: 51n }] }, "per operation"],
  ] as const)("refuses %s", (_, op, rule) => {
    expect(ruleOf(op)).toBe(rule);
  });
  test("the policy before the first refuses everything", () => {
    expect(ruleOf({}, { policy: denyAll })).toBe("target");
  });
  test.each([
    ["a reservation within the window", [spend(51n, day - 1)], "window:86400s"],
    ["a reservation that fits", [spend(50n, day - 1)], "allowed"],
    ["one that has left the window", [spend(100n, day)], "allowed"],
    ["a settled amount, as settled", [spend(100n, 1, "SETTLED", 50n)], "allowed"],
    ["a released amount", [spend(100n, 1, "RELEASED")], "allowed"],
    [
      "as many operations as may be",
      [spend(1n, 1), spend(1n, 2), spend(1n, 3)],
      "operations 3 per 86400 s",
    ],
  ] as const)("counts %s", (_, spends, rule) => {
    expect(ruleOf({}, { spends })).toBe(rule);
  });
  test.each([
    ["a key's own limit", [{ asset: eth, maxPerOperation: 49n, windows: [] }], "key per operation"],
    [
      "a key's limit on another asset",
      [{ asset: "x", maxPerOperation: 49n, windows: [] }],
      "key_asset",
    ],
  ] as const)("holds %s too", (_, keyLimits, rule) => {
    expect(ruleOf({}, { keyLimits })).toBe(rule);
  });
});

const amount = fc.bigInt({ min: 0n, max: 60n });
const arbitraryPolicy: fc.Arbitrary<Policy> = fc.record({
  version: fc.constant(1),
  calls: fc.subarray([
    { target: router, selectors: ["0x04e45aaf"] },
    { target: account, selectors: ["0x"] },
  ]),
  assets: fc.subarray([eth, "b"]).chain((assets) =>
    fc.tuple(
      ...assets.map((asset) =>
        fc.record({
          asset: fc.constant(asset),
          maxPerOperation: amount,
          windows: fc.array(fc.record({ windowMs: fc.constantFrom(60_000, day), max: amount }), {
            minLength: 1,
            maxLength: 2,
          }),
        }),
      ),
    ),
  ),
  recipients: fc.subarray([router]),
  maxSlippageBps: fc.nat(120),
  operations: fc.option(
    fc.record({ windowMs: fc.constantFrom(60_000, day), max: fc.integer({ min: 1, max: 4 }) }),
    { nil: undefined },
  ),
  maxOperationFee: fc.bigInt({ min: 0n, max: 12n }),
});
const arbitrarySpends = fc.array(
  fc.tuple(amount, fc.nat(2 * day)).map(([reserved, age]) => spend(reserved, age)),
  { maxLength: 4 },
);

test("what a tighter policy allows, the looser one allows too", () => {
  let tighter = 0;
  fc.assert(
    fc.property(arbitraryPolicy, arbitraryPolicy, arbitrarySpends, amount, (a, b, spends, size) => {
      if (!isAtMost(a, b)) return true;
      tighter++;
      const op = { ...operation, spends: [{ asset: eth, amount: size }] };
      return (
        !decide(op, input({ policy: a, spends })).ok || decide(op, input({ policy: b, spends })).ok
      );
    }),
    { numRuns: 20_000 },
  );
  expect(tighter).toBeGreaterThan(50);
});

test("whatever is reserved, settled or released in any order, no window is exceeded", () => {
  const step = fc.record({
    size: amount,
    waitMs: fc.nat(day / 2),
    end: fc.constantFrom("HELD", "SETTLED", "RELEASED"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let now = nowMs;
      const spends: Spend[] = [];
      for (const [index, { size, waitMs, end }] of steps.entries()) {
        now += waitMs;
        const op = { ...operation, spends: [{ asset: eth, amount: size }] };
        if (
          !decide(op, input({ policy: { ...policy, operations: undefined }, spends, nowMs: now }))
            .ok
        )
          continue;
        const state = end as Spend["state"];
        const settled = state === "SETTLED" ? size : undefined;
        spends.push({
          executionId: `${index}`,
          asset: eth,
          keyId: "",
          reserved: size,
          settled,
          state,
          atMs: now,
        });
        if (usedIn(spends, eth, day, now) > 100n) return false;
      }
      return true;
    }),
  );
});
