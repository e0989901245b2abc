import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { Authority_Member_Role, Authority_MemberSchema } from "#gen/vault/v1/authority";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { PolicySchema } from "#gen/vault/v1/policy";
import { type Act, actDigest, type Consent, typedData } from "./act.ts";
import { policyRules } from "./policy-rules.ts";
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
  const amount = fc.nat({ max: 3 }).map(String);
  const duration = fc.nat({ max: 2 }).map((seconds) => ({ seconds: BigInt(seconds) }));
  const asset = fc.record({
    asset: fc.constantFrom(token, "eip155:1/slip44:60"),
    maxPerOperation: amount,
    windows: fc.array(fc.record({ window: duration, maxAmount: amount }), { maxLength: 1 }),
  });
  const policy = fc.record({
    calls: fc.uniqueArray(
      fc.record({ target: fc.constant(vault), selectors: fc.tuple(fc.constantFrom("0x", "0x1")) }),
      { maxLength: 1 },
    ),
    assets: fc.uniqueArray(asset, { maxLength: 2, selector: (limit) => limit.asset }),
    recipients: fc.uniqueArray(fc.constantFrom("a", "b"), { maxLength: 2 }),
    maxSlippageBps: fc.nat({ max: 1 }),
    maxOperationFee: fc.constantFrom("", "0", "1"),
  });

  test("two policies with the same lines allow the same", () => {
    const canonical = ({
      assets,
      recipients,
      ...rest
    }: {
      assets: { asset: string }[];
      recipients: string[];
    }) => ({
      ...rest,
      assets: [...assets].sort((a, b) => a.asset.localeCompare(b.asset)),
      recipients: [...recipients].sort(),
    });
    fc.assert(
      fc.property(policy, policy, (one, other) => {
        const lines = [one, other].map((p) => policyRules(create(PolicySchema, p)));
        const same = JSON.stringify(lines[0]) === JSON.stringify(lines[1]);
        const print = (value: unknown) =>
          JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v));
        expect(print(canonical(one)) === print(canonical(other))).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });
});
