import { describe, expect, test } from "vitest";
import {
  account,
  coin,
  day,
  eth,
  manager,
  nowMs,
  router,
  stranger,
  token,
  word,
} from "../../test/support/policy-fuzz.ts";
import {
  swapOperation as operation,
  testSpend as spend,
  swapSelector,
  testInput,
  testPolicy,
} from "../../test/support/test-policy.ts";
import { decide, explain } from "./decide.ts";
import type { DecisionInput } from "./decision.ts";
import type { AssetLimit } from "./limit.ts";
import type { Operation } from "./operation.ts";
import { denyAll, type Policy } from "./policy.ts";
import { type Restriction, unrestricted } from "./restriction.ts";

const call = { target: router, selector: swapSelector, data: swapSelector, value: 0n };

const ruleOf = (op: Partial<Operation>, changes: Partial<DecisionInput> = {}) => {
  const result = decide({ ...operation, ...op }, testInput(changes));
  if (result.ok) return result.value.approval[0] ?? "allowed";
  return result.error.metadata.rule ?? result.error.metadata.limit;
};

/** Decides with a policy of these fields. */
const under = (policy: Partial<Policy>, op: Partial<Operation> = {}, more = {}) =>
  ruleOf(op, { policy: testPolicy(policy), ...more });

const callRule = (change: Partial<Policy["calls"][number]>) => ({
  calls: [{ ...testPolicy().calls[0], ...change } as Policy["calls"][number]],
});

describe("decide", () => {
  test("allows what every rule allows, and lists the limits", () => {
    const result = decide(operation, testInput());
    expect(result.ok && result.value.met.map((limit) => limit.rule)).toEqual([
      `${eth} 50 per operation`,
      `${eth} 100 per 86400 s`,
      `fee/${eth} 10 per operation`,
      "operations 3 per 86400 s",
    ]);
  });

  test.each([
    ["another chain", { chain: "eip155:8453" }, "chain"],
    ["no calls", { calls: [] }, "calls"],
    ["another target", { calls: [{ ...call, target: stranger }] }, "target"],
    [
      "another selector",
      { calls: [{ ...call, selector: "0xdeadbeef", data: "0xdeadbeef" }] },
      "selector",
    ],
    ["data of another selector", { calls: [{ ...call, data: "0xdeadbeef" }] }, "selector"],
    [
      "an approval",
      { calls: [{ ...call, selector: "0x095ea7b3", data: "0x095ea7b3" }] },
      "approval",
    ],
    ["setApprovalForAll", { calls: [{ ...call, selector: "0xa22cb465" }] }, "approval"],
    ["a permit", { calls: [{ ...call, selector: "0xd505accf" }] }, "approval"],
    ["Permit2's approve", { calls: [{ ...call, selector: "0x87517c45" }] }, "approval"],
    ["a module", { calls: [{ ...call, selector: "0x610b5925" }] }, "account"],
    ["a call of the own account", { calls: [{ ...call, target: account }] }, "infrastructure"],
    ["a call of a session account", { calls: [{ ...call, target: manager }] }, "infrastructure"],
    [
      "a call of the entry point",
      { calls: [{ ...call, target: "eip155:1:0x0000000071727de22e5e9d8baf0edac6f37da032" }] },
      "infrastructure",
    ],
    [
      "a second call that is not allowed",
      { calls: [call, { ...call, target: stranger }] },
      "target",
    ],
    ["another asset", { spends: [{ asset: "eip155:1/slip44:1", amount: 1n }] }, "asset"],
    ["a stranger as recipient", { recipients: [router] }, "recipient"],
    ["too much slippage", { slippageBps: 101 }, "slippage"],
    ["too high a fee", { maxFee: 11n }, "fee per operation"],
    ["too much at once", { spends: [{ asset: eth, amount: 51n }] }, "per operation"],
    ["a host that is not listed", { hosts: ["a.example"] }, "webhook_host"],
    [
      "an allowance to nobody listed",
      { allowances: [{ asset: eth, spender: router, amount: 1n }] },
      "approval",
    ],
    ["a swap without prices", { prices: [] }, "oracle"],
  ] as const)("refuses %s", (_, op, rule) => {
    expect(ruleOf(op, { infrastructure: new Set([manager]) })).toBe(rule);
  });

  test("the policy before the first refuses everything", () => {
    expect(ruleOf({}, { policy: denyAll })).toBe("target");
  });

  test("what touches no chain takes nothing: only its hosts are looked at", () => {
    const effect = { calls: [], spends: [], recipients: [], slippageBps: 0 };
    expect(ruleOf({ ...effect, hosts: ["a.example"] })).toBe("webhook_host");
    expect(under({ webhookHosts: ["a.example"] }, { ...effect, hosts: ["a.example"] })).toBe(
      "allowed",
    );
    expect(ruleOf(effect, { policy: denyAll })).toBe("allowed");
  });

  test.each([
    ["a reservation within the window", [spend(51n, day - 1)], "window:86400s"],
    ["a reservation that fits", [spend(50n, day - 1)], "allowed"],
    ["one that has left the window", [spend(100n, day)], "allowed"],
    [
      "a settled amount, as settled",
      [spend(100n, 1, { state: "SETTLED", settled: 50n })],
      "allowed",
    ],
    ["a released amount", [spend(100n, 1, { state: "RELEASED" })], "allowed"],
    [
      "as many operations as may be",
      [spend(1n, 1), spend(1n, 2), spend(1n, 3)],
      "operations 3 per 86400 s",
    ],
  ] as const)("counts %s", (_, spends, rule) => {
    expect(ruleOf({}, { spends })).toBe(rule);
  });
});

describe("calls", () => {
  const data = (...words: string[]) => swapSelector + words.map((one) => one.slice(2)).join("");
  const constrained = (constraint: Policy["calls"][number]["arguments"][number]["constraint"]) =>
    callRule({ arguments: [{ selector: swapSelector, word: 1, constraint }] });

  test.each([
    ["one of", { kind: "one_of", words: [word(5n)] }, word(5n), "allowed"],
    ["none of", { kind: "one_of", words: [word(5n)] }, word(6n), "argument"],
    ["the least of a range", { kind: "range", min: 5n, max: 6n }, word(5n), "allowed"],
    ["the most of a range", { kind: "range", min: 5n, max: 6n }, word(6n), "allowed"],
    ["below a range", { kind: "range", min: 5n, max: 6n }, word(4n), "argument"],
    ["above a range", { kind: "range", min: 5n, max: 6n }, word(7n), "argument"],
    [
      "a range without end",
      { kind: "range", min: 5n, max: undefined },
      word(2n ** 200n),
      "allowed",
    ],
    ["the own account", { kind: "own_account" }, word(account), "allowed"],
    ["another account", { kind: "own_account" }, word(stranger), "argument"],
  ] as const)("%s", (_, constraint, second, rule) => {
    const calls = [{ ...call, data: data(word(0n), second) }];
    expect(under(constrained(constraint), { calls })).toBe(rule);
  });

  test("a call that is too short for its rule is refused; early it is not known yet", () => {
    const policy = constrained({ kind: "range", min: 0n, max: undefined });
    const short = [{ ...call, data: `${data(word(0n), word(1n)).slice(0, -1)}` }];
    expect(under(policy, { calls: short })).toBe("argument");
    expect(under(policy, { calls: [{ ...call, data: "0x" }], isEarly: true })).toBe("allowed");
    expect(under(policy, { calls: short, isEarly: true })).toBe("argument");
  });

  test("one call carries no more value than its rule says", () => {
    expect(under(callRule({ maxValue: 50n }))).toBe("allowed");
    expect(under(callRule({ maxValue: 49n }))).toBe("value");
  });
});

describe("allowances", () => {
  const approve = "0x095ea7b3";
  const policy = (max = 40n): Partial<Policy> => ({
    calls: [{ target: token, selectors: [approve], arguments: [], maxValue: undefined }],
    assets: [{ asset: coin, maxPerOperation: 50n, windows: [{ windowMs: day, max: 100n }] }],
    allowances: [{ asset: coin, spender: router, max }],
  });
  const approving = (amount: bigint, given = amount, spent = given): Partial<Operation> => ({
    calls: [
      {
        target: token,
        selector: approve,
        data: approve + word(router).slice(2) + word(amount).slice(2),
        value: 0n,
      },
    ],
    spends: [{ asset: coin, amount: spent }],
    allowances: given === 0n ? [] : [{ asset: coin, spender: router, amount: given }],
  });

  test.each([
    ["the exact one", approving(40n), 40n, "allowed"],
    ["above the most", approving(41n), 40n, "allowance"],
    ["one that the call exceeds", approving(41n, 40n), 40n, "approval"],
    ["one that does not count as spent", approving(40n, 40n, 39n), 40n, "approval"],
    ["one that is taken back", approving(0n), 40n, "allowed"],
    ["all there ever will be", approving(2n ** 256n - 1n), 2n ** 256n, "approval"],
    ["2^128", approving(2n ** 128n), 2n ** 256n, "approval"],
    ["2^96 - 1, which some tokens take for all", approving(2n ** 96n - 1n), 2n ** 256n, "approval"],
  ] as const)("%s", (_, op, max, rule) => {
    expect(under(policy(max), op)).toBe(rule);
  });
});

describe("US dollars, fees and prices", () => {
  const usd = { windowMs: day, max: 100n, maxPerOperation: 60n };
  const used = (asset: string, reserved: bigint) => ({ spends: [spend(reserved, 1, { asset })] });
  const price = { asset: eth, sources: 2, ageMs: 0, deviationBps: 0 };

  test.each([
    ["a worth within the limit", { usd }, { worthMicroUsd: 60n }, used("usd", 40n), "allowed"],
    [
      "more than is left of it",
      { usd },
      { worthMicroUsd: 60n },
      used("usd", 41n),
      "usd window:86400s",
    ],
    ["more than one may spend", { usd }, { worthMicroUsd: 61n }, {}, "usd per operation"],
    ["no price", { usd }, {}, {}, "usd"],
    ["no price yet", { usd }, { isEarly: true }, {}, "allowed"],
    ["no price, and nothing that leaves", { usd }, { spends: [] }, {}, "allowed"],
    ["a fee within the window", { fees: usd }, {}, used(`fee/${eth}`, 90n), "allowed"],
    [
      "more than the window leaves",
      { fees: usd },
      {},
      used(`fee/${eth}`, 91n),
      "fee window:86400s",
    ],
    ["too dear gas", { maxFeePerGas: 5n }, { maxFeePerGas: 6n }, {}, "fee per gas"],
    ["too few sources", {}, { prices: [{ ...price, sources: 1 }] }, {}, "oracle"],
    [
      "one source for a swap, whatever the rule",
      { oracle: { minSources: 1, maxAgeMs: undefined, maxDeviationBps: 300 } },
      { prices: [{ ...price, sources: 1 }] },
      {},
      "oracle",
    ],
    [
      "one source for a worth",
      { oracle: { minSources: 1, maxAgeMs: undefined, maxDeviationBps: 300 } },
      { slippageBps: 0, prices: [{ ...price, sources: 1 }] },
      {},
      "allowed",
    ],
    [
      "an old price",
      { oracle: { minSources: 2, maxAgeMs: 1000, maxDeviationBps: 300 } },
      { prices: [{ ...price, ageMs: 1001 }] },
      {},
      "oracle",
    ],
    ["prices that differ", {}, { prices: [{ ...price, deviationBps: 301 }] }, {}, "oracle"],
  ] as const)("%s", (_, policy, op, more, rule) => {
    expect(under(policy, op, more)).toBe(rule);
  });

  test("a missing or unfit price is said to be one", () => {
    const result = decide(operation, testInput({ policy: testPolicy({ usd }) }));
    expect(!result.ok && result.error.reason).toBe("PRICE_UNFIT");
  });
});

describe("hours", () => {
  // 2027-01-15T08:00:00Z, a Friday: 09:00 in Berlin, 13:45 in Kathmandu.
  const at = (timeZone: string, day: number, startMinute: number, endMinute: number) =>
    under({ hours: { timeZone, spans: [{ days: [day], startMinute, endMinute }] } });

  test.each([
    ["Europe/Berlin", 5, 540, 541, "allowed"],
    ["Europe/Berlin", 5, 541, 1440, "hours"],
    ["Europe/Berlin", 5, 0, 540, "hours"],
    ["Europe/Berlin", 4, 0, 1440, "hours"],
    ["Asia/Kathmandu", 5, 825, 826, "allowed"],
    ["UTC", 5, 480, 481, "allowed"],
  ] as const)("%s, day %i, minutes %i to %i", (zone, day, start, end, rule) => {
    expect(new Date(nowMs).toISOString()).toBe("2027-01-15T08:00:00.000Z");
    expect(at(zone, day, start, end)).toBe(rule);
  });
});

describe("new recipients", () => {
  const policy = { recipients: [router, stranger], newRecipients: { windowMs: day, max: 1 } };
  const receipt = (recipient: string, ageMs: number, settled = true) => ({
    recipient,
    atMs: nowMs - ageMs,
    settled,
  });

  test.each([
    ["the first", [], [router], "allowed"],
    ["two at once", [], [router, stranger], "new recipients 1 per 86400 s"],
    [
      "another one within the window",
      [receipt(stranger, 1)],
      [router],
      "new recipients 1 per 86400 s",
    ],
    ["another one after it", [receipt(stranger, day)], [router], "allowed"],
    ["one that is known", [receipt(stranger, day), receipt(router, 2 * day)], [router], "allowed"],
    ["one under way counts once", [receipt(router, 1, false)], [router], "allowed"],
    [
      "one under way counts",
      [receipt(stranger, 1, false)],
      [router],
      "new recipients 1 per 86400 s",
    ],
  ] as const)("%s", (_, receipts, recipients, rule) => {
    expect(under(policy, { recipients }, { receipts })).toBe(rule);
  });

  test("the own account is none", () => {
    expect(under({ newRecipients: { windowMs: day, max: 0 } })).toBe("allowed");
  });
});

describe("keys and triggers", () => {
  const limit = (maxPerOperation: bigint, max = 100n): AssetLimit => ({
    asset: eth,
    maxPerOperation,
    windows: [{ windowMs: day, max }],
  });
  const restricted = (layer: "KEY" | "TRIGGER", change: Partial<Restriction>) => ({
    restrictions: [{ layer, restriction: { ...unrestricted, ...change } }],
  });

  test.each<[string, Partial<Restriction>, string]>([
    ["a limit", { assets: [limit(49n)] }, "key per operation"],
    ["a limit on another asset", { assets: [{ ...limit(49n), asset: coin }] }, "key_asset"],
    [
      "a target",
      { calls: [{ target: stranger, selectors: ["0x"], arguments: [], maxValue: undefined }] },
      "key_target",
    ],
    ["the slippage", { maxSlippageBps: 99 }, "key_slippage"],
    [
      "the hours",
      { hours: { timeZone: "UTC", spans: [{ days: [1], startMinute: 0, endMinute: 1440 }] } },
      "key_hours",
    ],
    ["the operations", { operations: { windowMs: day, max: 0 } }, "key operations 0 per 86400 s"],
    ["US dollars", { usd: { windowMs: day, max: 1n, maxPerOperation: undefined } }, "key_usd"],
    ["nothing", {}, "allowed"],
  ])("a key's restriction holds %s", (_, change, rule) => {
    expect(ruleOf({}, restricted("KEY", change))).toBe(rule);
  });

  test("a key's recipients", () => {
    const more = restricted("KEY", { recipients: [stranger] });
    expect(under({ recipients: [router, stranger] }, { recipients: [router] }, more)).toBe(
      "key_recipient",
    );
  });

  test.each([
    ["KEY", { keyId: "k" }, "key window:86400s"],
    ["KEY", { keyId: "other" }, "allowed"],
    ["TRIGGER", { triggerId: "t" }, "trigger window:86400s"],
    ["TRIGGER", { triggerId: "other" }, "allowed"],
  ] as const)("the window of a %s counts its own doing: %o", (layer, by, rule) => {
    const input = { ...restricted(layer, { assets: [limit(50n, 60n)] }), triggerId: "t" };
    expect(ruleOf({}, { ...input, spends: [spend(11n, 1, by)] })).toBe(rule);
  });
});

describe("approvals", () => {
  const approvals = {
    over: [{ asset: eth, amount: 50n }],
    newRecipient: false,
    overLimit: true,
    waitMs: day,
    maxWorseningBps: 100,
  };
  const much = { spends: [{ asset: eth, amount: 60n }] };

  test("what exceeds a limit waits when the policy and the key say so", () => {
    expect(under({ approvals }, much, { mayAsk: true })).toBe(`${eth} 50 per operation`);
    expect(under({ approvals }, much)).toBe("per operation");
    expect(under({ approvals: { ...approvals, overLimit: false } }, much, { mayAsk: true })).toBe(
      "per operation",
    );
    expect(under({}, much, { mayAsk: true })).toBe("per operation");
  });

  test("what is refused to everybody never waits, and no fee does", () => {
    const more = { mayAsk: true };
    expect(under({ approvals }, { ...much, recipients: [router] }, more)).toBe("recipient");
    expect(under({ approvals }, { maxFee: 11n }, more)).toBe("fee per operation");
    expect(under({ approvals }, { maxFee: 11n }, { approved: true })).toBe("fee per operation");
  });

  test("above a threshold, or to a new recipient, it waits whoever asks", () => {
    const low = { ...approvals, over: [{ asset: eth, amount: 49n }] };
    expect(under({ approvals: low })).toBe(`ask the owners above 49 of ${eth}`);
    const careful = { recipients: [router], approvals: { ...approvals, newRecipient: true } };
    expect(under(careful, { recipients: [router] })).toBe("ask the owners about new recipients");
    const known = { receipts: [{ recipient: router, atMs: 0, settled: true }] };
    expect(under(careful, { recipients: [router] }, known)).toBe("allowed");
  });

  test("what the owners approved no limit holds back, but every refusal does", () => {
    const low = { ...approvals, over: [{ asset: eth, amount: 1n }] };
    const approved = { approved: true };
    expect(under({ approvals: low }, much, approved)).toBe("allowed");
    expect(
      under({ approvals: low }, { ...much, calls: [{ ...call, target: stranger }] }, approved),
    ).toBe("target");
    const usd = { windowMs: day, max: 1n, maxPerOperation: undefined };
    expect(under({ usd }, {}, approved)).toBe("usd");
    expect(under({ usd }, { worthMicroUsd: 5n }, approved)).toBe("allowed");
  });
});

test("explains every rule in order, up to the one that refuses", () => {
  const all = explain(operation, testInput({ spends: [spend(30n, 1)] }));
  expect(all).toMatchObject({ outcome: "ALLOW", decidingRule: "" });
  expect(all.checks.map(({ rule, available }) => [rule, available])).toEqual([
    ["act on eip155:1", undefined],
    ["what is always denied", undefined],
    [`call ${router} ${swapSelector}`, undefined],
    ["slippage at most 100 basis points", undefined],
    [`price of ${eth}`, undefined],
    [`${eth} 50 per operation`, 50n],
    [`${eth} 100 per 86400 s`, 70n],
    [`fee/${eth} 10 per operation`, 10n],
    ["operations 3 per 86400 s", 2n],
  ]);
  const refused = explain({ ...operation, slippageBps: 101 }, testInput());
  expect(refused.outcome).toBe("DENY");
  expect(refused.decidingRule).toBe("slippage at most 100 basis points");
  expect(refused.checks.at(-1)).toMatchObject({ rule: refused.decidingRule, outcome: "DENY" });
});
