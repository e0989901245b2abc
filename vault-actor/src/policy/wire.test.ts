import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { PolicySchema } from "#gen/vault/v1/policy";
import { coin, eth, router } from "../../test/support/policy-fuzz.ts";
import { defaultMaxOperationFee } from "./policy.ts";
import { fromPolicy } from "./wire.ts";

type Rules = MessageInitShape<typeof PolicySchema>;

const read = (rules: Rules) => fromPolicy(create(PolicySchema, rules), 1);
const hour = durationFromMs(3_600_000);
const broken = durationFromMs(60_500);
const selector = "0x12345678";
const call = { target: router, selectors: [selector] };
const asset = { asset: eth, maxPerOperation: "1" };
const range = (min: string, max: string) => ({
  ...call,
  arguments: [{ selector, word: 0, constraint: { case: "range" as const, value: { min, max } } }],
});
const own = { selector, word: 0, constraint: { case: "ownAccount" as const, value: true } };

describe("a policy", () => {
  test("that says nothing has its defaults", () => {
    expect(read({})).toMatchObject({
      ok: true,
      value: {
        maxOperationFee: defaultMaxOperationFee,
        loosenDelayMs: 86_400_000,
        oracle: { minSources: 2, maxAgeMs: undefined, maxDeviationBps: 300 },
        approvals: undefined,
        usd: undefined,
      },
    });
    expect(read({ loosenDelay: durationFromMs(0), approvals: {}, oracle: {} })).toMatchObject({
      value: {
        loosenDelayMs: 0,
        approvals: { waitMs: 86_400_000, maxWorseningBps: 100 },
        oracle: { minSources: 2, maxDeviationBps: 300 },
      },
    });
  });

  test.each([
    ["0", 0n],
    ["1", 1_000_000n],
    ["12.5", 12_500_000n],
    ["0.000001", 1n],
  ])("reads %s US dollars as %i millionths", (maxUsd, max) => {
    expect(read({ usd: { window: hour, maxUsd } })).toMatchObject({ value: { usd: { max } } });
  });

  test.each<[string, Rules]>([
    ["policy.calls[1].selectors[0]", { calls: [call, call] }],
    [
      "policy.calls[0].arguments[0].selector",
      { calls: [{ ...call, selectors: ["0x"], arguments: [own] }] },
    ],
    ["policy.calls[0].arguments[1]", { calls: [{ ...call, arguments: [own, own] }] }],
    ["policy.calls[0].arguments[0].range", { calls: [range("2", "1")] }],
    ["policy.assets[1]", { assets: [asset, asset] }],
    [
      "policy.assets[0].windows[0].window",
      { assets: [{ ...asset, windows: [{ window: broken, maxAmount: "1" }] }] },
    ],
    ["policy.operations.window", { operations: { window: broken, maxOperations: 1 } }],
    ["policy.usd.window", { usd: { window: broken, maxUsd: "1" } }],
    [
      "policy.usd.max_usd_per_operation",
      { usd: { window: hour, maxUsd: "1", maxUsdPerOperation: "1.000001" } },
    ],
    ["policy.new_recipients.window", { newRecipients: { window: broken } }],
    ["policy.fees.window", { fees: { window: broken, maxAmount: "1" } }],
    ["policy.loosen_delay", { loosenDelay: broken }],
    ["policy.hours.time_zone", { hours: { timeZone: "Mars/Olympus" } }],
    ["policy.hours.time_zone", { hours: { timeZone: "+01:00" } }],
    [
      "policy.hours.spans[0].end_minute",
      { hours: { timeZone: "UTC", spans: [{ days: [1], startMinute: 60, endMinute: 60 }] } },
    ],
    ["policy.oracle.max_age", { oracle: { maxAge: broken } }],
    [
      "policy.allowances[1]",
      {
        allowances: [
          { asset: coin, spender: router, maxAmount: "1" },
          { asset: coin, spender: router, maxAmount: "2" },
        ],
      },
    ],
    [
      "policy.allowances[0].spender",
      { allowances: [{ asset: coin, spender: router.replace(":1:", ":2:"), maxAmount: "1" }] },
    ],
    [
      "policy.approvals.over[1]",
      {
        approvals: {
          over: [
            { asset: eth, amount: "1" },
            { asset: eth, amount: "2" },
          ],
        },
      },
    ],
    ["policy.approvals.wait", { approvals: { wait: broken } }],
  ])("that contradicts itself is refused with the field %s", (field, rules) => {
    expect(read(rules)).toMatchObject({
      ok: false,
      error: { reason: "FIELD_INVALID", metadata: { field } },
    });
  });

  test("may name a target twice with other selectors", () => {
    expect(read({ calls: [call, { ...call, selectors: ["0x"] }] }).ok).toBe(true);
  });
});
