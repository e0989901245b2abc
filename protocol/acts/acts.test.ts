import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { Authority_Member_Role, Authority_MemberSchema } from "#gen/vault/v1/authority";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { PolicySchema } from "#gen/vault/v1/policy";
import { RestrictionSchema } from "#gen/vault/v1/restriction";
import { type Act, actDigest, type Consent, typedData } from "./act.ts";
import { policyRules, restrictionRules } from "./policy-rules.ts";
import { claimVaultAct, keyGrantAct, policyLoosenAct } from "./vault-acts.ts";

const vault = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const token = "eip155:1/erc20:0x00000000000000000000000000000000000000cc";
const consent: Consent = {
  actId: `0x${"01".repeat(32)}`,
  expireTime: timestampFromMs(1_800_000_000_000),
  epoch: 1n,
};
const grant = (change: MessageInitShape<typeof KeyGrantSchema> = {}) =>
  create(KeyGrantSchema, {
    keyId: "ed25519:AAAA",
    holder: KeyGrant_Holder.AGENT,
    label: "agent",
    scopes: [Scope.TRIGGER_WRITE],
    limits: [{ asset: token, maxPerOperation: "5" }],
    startTime: timestampFromMs(1_700_000_000_000),
    expireTime: timestampFromMs(1_800_000_000_000),
    maxProofSeconds: 60,
    maxCallsPerMinute: 30,
    ...change,
  });
const digest = (act: Act, chainId = 1) => actDigest(act, chainId);

describe("what owners sign", () => {
  test.each<[string, MessageInitShape<typeof KeyGrantSchema>]>([
    ["another key", { keyId: "ed25519:AAAB" }],
    ["another holder", { holder: KeyGrant_Holder.DEVICE }],
    ["another label", { label: "agent 2" }],
    ["one more scope", { scopes: [Scope.TRIGGER_WRITE, Scope.VAULT_FREEZE] }],
    ["a higher limit", { limits: [{ asset: token, maxPerOperation: "6" }] }],
    ["no limit", { limits: [] }],
    ["a restriction", { restriction: { recipients: [vault] } }],
    ["a later end", { expireTime: timestampFromMs(1_800_000_001_000) }],
    ["an earlier start", { startTime: timestampFromMs(1_600_000_000_000) }],
    ["longer proofs", { maxProofSeconds: 61 }],
    ["more calls", { maxCallsPerMinute: 31 }],
  ])("a grant with %s is another act", (_, change) => {
    const first = digest(keyGrantAct(vault, grant(), consent));
    expect(digest(keyGrantAct(vault, grant(change), consent))).not.toBe(first);
  });

  test("vault, chain, epoch, time and id of the act are part of it", () => {
    const act = (v: string, c: Consent) => keyGrantAct(v, grant(), c);
    const digests = [
      digest(act(vault, consent)),
      digest(act(vault.replace("7e5f", "7e5e"), consent)),
      digest(act(vault, consent), 2),
      digest(act(vault, { ...consent, epoch: 2n })),
      digest(act(vault, { ...consent, expireTime: timestampFromMs(1_800_000_001_000) })),
      digest(act(vault, { ...consent, actId: `0x${"02".repeat(32)}` })),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("a claim is not a grant, though it says the same of the key", () => {
    const owner = create(Authority_MemberSchema, { id: vault, role: Authority_Member_Role.OWNER });
    expect(digest(claimVaultAct(vault, owner, grant(), consent))).not.toBe(
      digest(keyGrantAct(vault, grant(), consent)),
    );
  });

  test("a wallet is shown words, and no contract to call", () => {
    const { domain, message } = typedData(
      policyLoosenAct(vault, create(PolicySchema), 0n, consent),
      1,
    );
    expect(domain).toEqual({ name: "Metavault", version: "1", chainId: 1 });
    expect(message).toMatchObject({ vault, statement: expect.stringContaining("policy") });
  });
});

describe("a policy in lines", () => {
  const amount = fc.nat({ max: 2 }).map(String);
  const window = fc.integer({ min: 60, max: 61 }).map((seconds) => durationFromMs(seconds * 1000));
  const absent = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined, freq: 2 });
  const account = fc.constantFrom(vault, vault.replace("7e5f", "7e5e"));
  const asset = fc.record({
    asset: fc.constantFrom(token, "eip155:1/slip44:60"),
    maxPerOperation: amount,
    windows: fc.array(fc.record({ window, maxAmount: amount }), { maxLength: 1 }),
  });
  const word = fc.constantFrom("0x01", "0x02");
  const constraint = fc.oneof(
    fc.record({
      case: fc.constant("oneOf" as const),
      value: fc.record({ words: fc.uniqueArray(word, { minLength: 1 }) }),
    }),
    fc.record({
      case: fc.constant("range" as const),
      value: fc.record({ min: fc.constantFrom("1", "2"), max: fc.constantFrom("", "2") }),
    }),
    fc.record({ case: fc.constant("ownAccount" as const), value: fc.constant(true) }),
  );
  const call = fc.record({
    target: account,
    selectors: fc.constant(["0x12345678"]),
    arguments: fc.array(
      fc.record({ selector: fc.constant("0x12345678"), word: fc.nat({ max: 1 }), constraint }),
      { maxLength: 1 },
    ),
    maxValue: fc.constantFrom("", "0", "1"),
  });
  const operations = fc.record({ window, maxOperations: fc.integer({ min: 1, max: 2 }) });
  const usd = fc.record({ window, maxUsd: amount, maxUsdPerOperation: fc.constantFrom("", "1") });
  const hours = fc.record({
    timeZone: fc.constantFrom("UTC", "Europe/Berlin"),
    spans: fc.array(
      fc.record({
        days: fc.subarray([1, 2], { minLength: 1 }),
        startMinute: fc.nat({ max: 1 }),
        endMinute: fc.integer({ min: 2, max: 3 }),
      }),
      { minLength: 1, maxLength: 1 },
    ),
  });
  const calls = fc.uniqueArray(call, { maxLength: 2, selector: ({ target }) => target });
  const assets = fc.uniqueArray(asset, { maxLength: 2, selector: (limit) => limit.asset });
  const recipients = fc.uniqueArray(account, { maxLength: 2 });

  /** Of every field of a policy, some values that mean something else each. */
  const fields: { readonly [field: string]: fc.Arbitrary<unknown> } = {
    calls,
    assets,
    recipients,
    maxSlippageBps: fc.nat({ max: 1 }),
    operations: absent(operations),
    maxOperationFee: fc.constantFrom("", "0", "1"),
    usd: absent(usd),
    loosenDelay: fc.constantFrom(undefined, durationFromMs(0), durationFromMs(60_000)),
    chains: fc.subarray(["eip155:1", "eip155:2"]),
    hours: absent(hours),
    newRecipients: absent(fc.record({ window, maxRecipients: fc.nat({ max: 1 }) })),
    fees: absent(fc.record({ window, maxAmount: amount })),
    maxFeePerGas: fc.constantFrom("", "0", "1"),
    oracle: fc.record({
      minSources: fc.integer({ min: 1, max: 3 }),
      maxAge: absent(window),
      maxDeviationBps: fc.integer({ min: 1, max: 2 }),
    }),
    allowances: fc.uniqueArray(
      fc.record({ asset: fc.constant(token), spender: account, maxAmount: amount }),
      { maxLength: 2, selector: ({ spender }) => spender },
    ),
    approvals: absent(
      fc.record({
        over: fc.array(fc.record({ asset: fc.constant(token), amount }), { maxLength: 1 }),
        newRecipient: fc.boolean(),
        overLimit: fc.boolean(),
        wait: fc.constantFrom(durationFromMs(60_000), durationFromMs(61_000)),
        maxWorseningBps: fc.integer({ min: 1, max: 2 }),
      }),
    ),
    exitRecipient: fc.constantFrom("", vault),
    webhookHosts: fc.subarray(["a.example", "b.example"]),
  };
  const restrictionFields: typeof fields = {
    calls,
    assets,
    recipients,
    maxSlippageBps: absent(fc.nat({ max: 1 })),
    operations: absent(operations),
    usd: absent(usd),
    hours: absent(hours),
  };

  /** A message, and one of which one field is drawn anew. */
  const pairOf = (all: typeof fields) =>
    fc
      .tuple(fc.record(all), fc.record(all), fc.constantFrom(...Object.keys(all)))
      .map(([one, other, field]) => [one, { ...one, [field]: other[field] }] as const);

  const print = (value: unknown): string =>
    JSON.stringify(value, (_, v) => {
      if (typeof v === "bigint") return String(v);
      return Array.isArray(v) ? v.map(print).sort() : v;
    });

  test("every field of a policy and of a restriction is drawn", () => {
    const names = (schema: typeof PolicySchema | typeof RestrictionSchema) =>
      schema.fields
        .map(({ localName }) => localName)
        .filter((name) => !/^(name|version)$/.test(name));
    expect(Object.keys(fields).sort()).toEqual(names(PolicySchema).sort());
    expect(Object.keys(restrictionFields).sort()).toEqual(names(RestrictionSchema).sort());
  });

  test("two policies with the same lines allow the same", () => {
    fc.assert(
      fc.property(pairOf(fields), ([one, other]) => {
        const [lines, others] = [one, other].map((p) =>
          policyRules(create(PolicySchema, p as object)),
        );
        expect(print(one) === print(other)).toBe(print(lines) === print(others));
      }),
      { numRuns: 2000 },
    );
  });

  test("two restrictions with the same lines restrict the same", () => {
    fc.assert(
      fc.property(pairOf(restrictionFields), ([one, other]) => {
        const [lines, others] = [one, other].map((r) =>
          restrictionRules(create(RestrictionSchema, r as object)),
        );
        expect(print(one) === print(other)).toBe(print(lines) === print(others));
      }),
      { numRuns: 1000 },
    );
  });
});
