/** The order of policies: sound, and not trivial in any field. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coin,
  day,
  eth,
  inputsOf,
  operations,
  policies,
  router,
  stranger,
  word,
} from "../../test/support/policy-fuzz.ts";
import { testPolicy } from "../../test/support/test-policy.ts";
import { isAtMost, loosenedFields } from "./compare.ts";
import { decide } from "./decide.ts";
import { denyAll, type Policy } from "./policy.ts";

const own = "eip155:1";
const hour = 3_600_000;

/** A field, a looser and a tighter value of it. */
type FieldCase = [string, Partial<Policy>, Partial<Policy>];

const call = { target: router, selectors: ["0x12345678"], arguments: [], maxValue: undefined };
const argument = (constraint: Policy["calls"][number]["arguments"][number]["constraint"]) => ({
  calls: [{ ...call, arguments: [{ selector: "0x12345678", word: 0, constraint }] }],
});
const window = { windowMs: hour, max: 10n };
const asset = { asset: eth, maxPerOperation: 10n, windows: [window] };
const usd = { ...window, maxPerOperation: undefined };
const hours = (timeZone: string, days: readonly number[], end = 600) => ({
  hours: { timeZone, spans: [{ days, startMinute: 60, endMinute: end }] },
});
const allowance = { asset: coin, spender: router, max: 10n };
const approvals = {
  over: [],
  newRecipient: false,
  overLimit: false,
  waitMs: day,
  maxWorseningBps: 100,
};
const over = (amount: bigint) => [{ asset: eth, amount }];
const oracle = { minSources: 2, maxAgeMs: undefined, maxDeviationBps: 300 };

const cases: readonly FieldCase[] = [
  ["calls", { calls: [call] }, { calls: [] }],
  ["calls", { calls: [{ ...call, maxValue: 2n }] }, { calls: [{ ...call, maxValue: 1n }] }],
  ["calls", { calls: [call] }, { calls: [{ ...call, maxValue: 1n }] }],
  ["calls", { calls: [call] }, argument({ kind: "own_account" })],
  [
    "calls",
    argument({ kind: "one_of", words: [word(1n), word(2n)] }),
    argument({ kind: "one_of", words: [word(2n)] }),
  ],
  [
    "calls",
    argument({ kind: "range", min: 1n, max: undefined }),
    argument({ kind: "range", min: 2n, max: 9n }),
  ],
  [
    "calls",
    argument({ kind: "range", min: 1n, max: 9n }),
    argument({ kind: "one_of", words: [word(1n), word(9n)] }),
  ],
  ["assets", { assets: [asset] }, { assets: [] }],
  ["assets", { assets: [asset] }, { assets: [{ ...asset, maxPerOperation: 9n }] }],
  [
    "assets",
    { assets: [asset] },
    { assets: [{ ...asset, windows: [{ windowMs: hour, max: 9n }] }] },
  ],
  [
    "assets",
    { assets: [asset] },
    { assets: [{ ...asset, windows: [{ windowMs: day, max: 10n }] }] },
  ],
  [
    "assets",
    { assets: [asset] },
    { assets: [{ ...asset, windows: [window, { windowMs: day, max: 50n }] }] },
  ],
  ["recipients", { recipients: [router, stranger] }, { recipients: [stranger] }],
  ["max_slippage_bps", { maxSlippageBps: 2 }, { maxSlippageBps: 1 }],
  ["operations", { operations: undefined }, { operations: { windowMs: hour, max: 9 } }],
  [
    "operations",
    { operations: { windowMs: hour, max: 9 } },
    { operations: { windowMs: day, max: 8 } },
  ],
  ["max_operation_fee", { maxOperationFee: 2n }, { maxOperationFee: 1n }],
  ["usd", { usd: undefined }, { usd }],
  ["usd", { usd }, { usd: { ...usd, max: 9n } }],
  ["usd", { usd }, { usd: { ...usd, maxPerOperation: 9n } }],
  ["loosen_delay", { loosenDelayMs: 0 }, { loosenDelayMs: day }],
  ["chains", { chains: [own, "eip155:8453"] }, { chains: [] }],
  ["chains", { chains: [] }, { chains: [] }],
  ["hours", { hours: undefined }, hours("UTC", [1])],
  ["hours", hours("UTC", [1, 2]), hours("UTC", [2])],
  ["hours", hours("UTC", [1], 600), hours("UTC", [1], 599)],
  ["new_recipients", { newRecipients: undefined }, { newRecipients: { windowMs: hour, max: 0 } }],
  ["fees", { fees: undefined }, { fees: window }],
  ["fees", { fees: window }, { fees: { windowMs: hour, max: 9n } }],
  ["max_fee_per_gas", { maxFeePerGas: undefined }, { maxFeePerGas: 1n }],
  ["max_fee_per_gas", { maxFeePerGas: 2n }, { maxFeePerGas: 1n }],
  ["oracle", { oracle }, { oracle: { ...oracle, minSources: 3 } }],
  ["oracle", { oracle }, { oracle: { ...oracle, maxAgeMs: 1000 } }],
  ["oracle", { oracle }, { oracle: { ...oracle, maxDeviationBps: 299 } }],
  ["allowances", { allowances: [allowance] }, { allowances: [] }],
  ["allowances", { allowances: [allowance] }, { allowances: [{ ...allowance, max: 9n }] }],
  ["approvals", { approvals: undefined }, { approvals: { ...approvals, newRecipient: true } }],
  ["approvals", { approvals: { ...approvals, overLimit: true } }, { approvals }],
  ["approvals", { approvals }, { approvals: { ...approvals, over: over(5n) } }],
  [
    "approvals",
    { approvals: { ...approvals, over: over(5n) } },
    { approvals: { ...approvals, over: over(4n) } },
  ],
  ["approvals", { approvals }, { approvals: { ...approvals, waitMs: hour } }],
  ["approvals", { approvals }, { approvals: { ...approvals, maxWorseningBps: 99 } }],
  ["approvals", { approvals: { ...approvals, overLimit: true } }, { approvals: undefined }],
  ["exit_recipient", { exitRecipient: stranger }, { exitRecipient: "" }],
  ["webhook_hosts", { webhookHosts: ["a.example"] }, { webhookHosts: [] }],
];

describe("the order", () => {
  test.each(cases)("of %s: %o is no tighter than %o", (field, loose, tight) => {
    const [looser, tighter] = [testPolicy(loose), testPolicy(tight)];
    expect(loosenedFields(tighter, looser, own)).toEqual([]);
    const same = JSON.stringify(loose, text) === JSON.stringify(tight, text);
    expect(loosenedFields(looser, tighter, own)).toEqual(same ? [] : [field]);
  });

  test("has a case of every field of a policy", () => {
    const fields = new Set(
      cases.map(([field]) => field.replaceAll(/_(.)/g, (_, c) => c.toUpperCase())),
    );
    const known = Object.keys(denyAll).map((name) =>
      name === "loosenDelayMs" ? "loosenDelay" : name,
    );
    expect([...fields].sort()).toEqual(known.filter((name) => name !== "version").sort());
  });

  test("the empty list of chains is the own chain, and no other", () => {
    const none = testPolicy({ chains: [] });
    expect(isAtMost(none, testPolicy({ chains: [own] }), own)).toBe(true);
    expect(isAtMost(testPolicy({ chains: [own] }), none, own)).toBe(true);
    expect(loosenedFields(none, testPolicy({ chains: ["eip155:8453"] }), own)).toEqual(["chains"]);
    expect(loosenedFields(testPolicy({ chains: ["eip155:8453"] }), none, own)).toEqual(["chains"]);
  });

  test("hours of another zone are looser, unless there was no restriction", () => {
    const [berlin, utc] = [testPolicy(hours("Europe/Berlin", [1])), testPolicy(hours("UTC", [1]))];
    expect(loosenedFields(berlin, utc, own)).toEqual(["hours"]);
    const always = [{ days: [1, 2, 3, 4, 5, 6, 7], startMinute: 0, endMinute: 1440 }];
    const open = testPolicy({ hours: { timeZone: "UTC", spans: always } });
    expect(isAtMost(berlin, open, own)).toBe(true);
    expect(isAtMost(testPolicy(), open, own)).toBe(true);
  });

  test("several fields are named in the contract's order", () => {
    const looser = testPolicy({
      webhookHosts: ["a.example"],
      recipients: [stranger],
      loosenDelayMs: 0,
    });
    expect(loosenedFields(looser, testPolicy(), own)).toEqual([
      "recipients",
      "loosen_delay",
      "webhook_hosts",
    ]);
  });

  test("everything is as tight as itself", () => {
    fc.assert(
      fc.property(policies, (policy) => isAtMost(policy, policy, own)),
      { numRuns: 300 },
    );
  });
});

/** A policy, and one of which each field is that of the first or of another policy. */
const pairs = fc
  .tuple(
    policies,
    policies,
    fc.subarray(Object.keys(denyAll) as (keyof Policy)[], { maxLength: 4 }),
  )
  .map(([current, other, fields]) => {
    const next = { ...current };
    for (const field of fields) Object.assign(next, { [field]: other[field] });
    return { current, next, changed: fields.length };
  });

test("what a tighter policy allows or lets wait, the looser one does not refuse, and asks no more", () => {
  const rank = { allow: 0, approval: 1, deny: 2 };
  const seen = { tighter: 0, allowed: 0 };
  fc.assert(
    fc.property(
      pairs.chain((pair) => inputsOf(fc.constant(pair.next)).map((input) => ({ ...pair, input }))),
      operations,
      ({ current, next, changed, input }, operation) => {
        if (changed === 0 || !isAtMost(next, current, own)) return;
        seen.tighter++;
        const verdict = (policy: Policy) => {
          const result = decide(operation, { ...input, policy });
          if (!result.ok) return "deny";
          return result.value.approval.length > 0 ? "approval" : "allow";
        };
        const tight = verdict(next);
        if (tight !== "deny") seen.allowed++;
        expect(rank[verdict(current)]).toBeLessThanOrEqual(rank[tight]);
      },
    ),
    { numRuns: 5000 },
  );
  expect(seen.tighter).toBeGreaterThan(500);
  expect(seen.allowed).toBeGreaterThan(30);
}, 30_000);

function text(_: string, value: unknown) {
  return typeof value === "bigint" ? String(value) : value;
}
