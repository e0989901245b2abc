import { create } from "@bufbuild/protobuf";
import { zeroAddress } from "viem";
import { describe, expect, test } from "vitest";
import { type Policy, PolicySchema } from "#gen/vault/v1/policy";
import type { Address } from "#protocol/names";
import { describePermission } from "#protocol/permission/describe";
import { testOperation } from "../../../test/support/test-operation.ts";
import { explain } from "../../policy/decide.ts";
import { fromPolicy } from "../../policy/wire.ts";
import { branchesOf, selectorsOf, targetsOf } from "../branch.ts";
import { argsFor } from "../permission-args.ts";
import { compilePermission } from "./compile.ts";
import type { CompileFrame, PermissionChain } from "./frame.ts";
import { reportLimits } from "./report.ts";

const at = (byte: string) => `0x${byte.repeat(20)}` as Address;
const [account, session, router, usdc, weth, payee, vaultToken] = [
  at("a1"),
  at("a2"),
  at("b1"),
  at("b2"),
  at("b3"),
  at("b4"),
  at("b5"),
];
const names = [
  "timestamp",
  "redeemer",
  "allowedTargets",
  "allowedMethods",
  "allowedCalldata",
  "nativeTokenPeriodTransfer",
  "erc20PeriodTransfer",
  "logicalOrWrapper",
  "nonce",
  "windowSpend",
  "argRange",
  "fairSwap",
] as const;
const enforcers = Object.fromEntries(
  names.map((name, index) => [name, at((0x10 + index).toString(16))]),
) as PermissionChain["enforcers"];
const native = "eip155:31337/slip44:60";
const usdcId = `eip155:31337/erc20:${usdc}`;
const feeds = [native, usdcId].map((asset, index) => ({
  kind: "chainlink" as const,
  group: "chainlink",
  asset,
  feed: at(`c${index}`),
  maxAgeSeconds: 3600,
}));
const chain: PermissionChain = {
  chainId: 31337,
  enforcers,
  wrappedNative: weth,
  uniswapV3: { router, quoter: at("b9") },
  priceSources: feeds,
  entryPoint: at("e1"),
  delegationManager: at("e2"),
};
const id = (address: Address) => `eip155:31337:${address}`;
const window = (seconds: bigint, maxAmount: string) => ({ window: { seconds }, maxAmount });
const swapSelector = "0x04e45aaf";
const transfer = "0xa9059cbb";
const limits = [
  { asset: native, maxPerOperation: "50", windows: [window(86_400n, "100"), window(3600n, "40")] },
  { asset: usdcId, maxPerOperation: "500", windows: [window(86_400n, "500"), window(60n, "600")] },
];

function frameOf(
  policy: Partial<Omit<Policy, "$typeName">> | object,
  over?: Partial<CompileFrame>,
) {
  const frame: CompileFrame = {
    policy: create(PolicySchema, policy),
    chain,
    vaultAccount: account,
    sessionAccount: session,
    expireSeconds: 1_800_000_000,
    startSeconds: 1_790_000_000,
    nonce: 0n,
    ...over,
  };
  return frame;
}

function compiled(frame: CompileFrame) {
  const permission = compilePermission(frame);
  if (!permission.ok) throw new Error(permission.error.detail);
  return permission.value;
}

const whole = frameOf({
  calls: [
    { target: id(router), selectors: [swapSelector] },
    { target: id(usdc), selectors: [transfer, "0x095ea7b3", "0xa22cb465"] },
    { target: id(payee), selectors: ["0x"], maxValue: "7" },
    {
      target: id(vaultToken),
      selectors: ["0x6e553f65"],
      arguments: [
        { selector: "0x6e553f65", word: 0, constraint: { case: "range", value: { max: "9" } } },
        { selector: "0x6e553f65", word: 1, constraint: { case: "ownAccount", value: true } },
      ],
    },
  ],
  assets: limits,
  recipients: [id(payee)],
  allowances: [{ asset: usdcId, spender: id(router), maxAmount: "300" }],
  maxSlippageBps: 50,
});

describe("a policy as a permission", () => {
  test("reads as what the policy says", () => {
    const lines = describePermission(compiled(whole), enforcers);
    expect(lines).toMatchInlineSnapshot(`
      [
        "0xa2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2 may act for 0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
        "only before 2027-01-15T08:00:00.000Z",
        "used only by 0xa2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2",
        "ends when the account's kill switch leaves 0",
        "at most 100 of the native coin leaves in any 86400 s",
        "at most 40 of the native coin leaves in any 3600 s",
        "at most 500 of 0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 leaves in any 86400 s",
        "at most 0 of 0xb3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3 leaves in any 1 s",
        "either 1:",
        "  calls only to 0xb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
        "  only the functions 0x04e45aaf",
        "  argument word 3 is 0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
        "  argument word 0 is 0xb3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3 or 0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "  argument word 1 is 0xb3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3 or 0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "  loses at most 150 basis points, at the feeds' prices of 0xb3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3, 0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2, the native coin",
        "either 2:",
        "  calls only to 0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "  only the functions 0xa9059cbb",
        "  argument word 0 is 0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 or 0xb4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4",
        "either 3:",
        "  calls only to 0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "  only the functions 0x095ea7b3",
        "  argument word 0 is 0xb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
        "  argument word 1 is at least 0 and at most 300",
        "either 4:",
        "  calls only to 0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "  only the functions 0x095ea7b3",
        "  argument word 1 is at least 0 and at most 0",
        "either 5:",
        "  calls only to 0xb4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4",
        "  native value is at least 0 and at most 7",
        "  length of the call data is at least 0 and at most 0",
        "either 6:",
        "  calls only to 0xb5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5",
        "  only the functions 0x6e553f65",
        "  argument word 0 is at least 0 and at most 9",
        "  argument word 1 is 0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
        "either 7:",
        "  calls only to 0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "  only the functions 0x095ea7b3",
        "  argument word 0 is 0xb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1",
        "  argument word 1 is at least 0 and at most 500",
      ]
    `);
  });

  test("its report says who enforces what", () => {
    const report = reportLimits(whole, compiled(whole));
    expect(
      report.map(({ rule, enforcedBy }) => `${enforcedBy.join("+")} ${rule}`),
    ).toMatchInlineSnapshot(`
      [
        "VAULT+CHAIN act on eip155:31337",
        "VAULT+CHAIN call eip155:31337:0xb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1 0x04e45aaf",
        "VAULT+CHAIN call eip155:31337:0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 0xa9059cbb",
        "VAULT+CHAIN call eip155:31337:0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 0x095ea7b3",
        "VAULT+CHAIN call eip155:31337:0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 0xa22cb465",
        "VAULT+CHAIN call eip155:31337:0xb4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4 0x",
        "VAULT+CHAIN call eip155:31337:0xb4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4 0x with at most 7",
        "VAULT+CHAIN call eip155:31337:0xb5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5 0x6e553f65",
        "VAULT+CHAIN call eip155:31337:0xb5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5 0x6e553f65 word 0",
        "VAULT+CHAIN call eip155:31337:0xb5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5 0x6e553f65 word 1",
        "VAULT+CHAIN eip155:31337/slip44:60 50 per operation",
        "VAULT+CHAIN eip155:31337/slip44:60 100 per 86400 s",
        "VAULT+CHAIN eip155:31337/slip44:60 40 per 3600 s",
        "VAULT+CHAIN eip155:31337/erc20:0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 500 per operation",
        "VAULT+CHAIN eip155:31337/erc20:0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 500 per 86400 s",
        "VAULT+CHAIN eip155:31337/erc20:0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 600 per 60 s",
        "VAULT+CHAIN send to eip155:31337:0xb4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4",
        "VAULT+CHAIN allow eip155:31337:0xb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1 to spend eip155:31337/erc20:0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 at most 300",
        "VAULT slippage at most 50 basis points",
        "VAULT fee/eip155:31337/slip44:60 50000000000000000 per operation",
        "VAULT price of eip155:31337/slip44:60",
        "VAULT price of eip155:31337/erc20:0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "CHAIN a swap loses at most 150 basis points at the feeds' prices",
        "CHAIN act on eip155:31337 with this permission",
        "CHAIN until 2027-01-15T08:00:00.000Z",
        "CHAIN used by 0xa2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2 alone",
        "CHAIN until the account's kill switch leaves 0",
      ]
    `);
  });

  test("the same input gives the same permission, another expiry another", () => {
    expect(compiled(whole)).toEqual(compiled(whole));
    expect(compiled(whole).salt).not.toBe(compiled({ ...whole, expireSeconds: 1 }).salt);
  });

  test("each call is redeemed through its own group", () => {
    const permission = compiled(whole);
    const branches = branchesOf(permission, enforcers);
    const or = permission.caveats.length - 1;
    const groupOf = (target: Address, data: `0x${string}`, value = 0n) =>
      Number(
        BigInt(`0x${argsFor(permission, { target, value, data }, enforcers)[or]?.slice(66, 130)}`),
      );
    const word = (address: Address) => address.slice(2).padStart(64, "0");
    const pay = groupOf(usdc, `${transfer}${word(payee)}${"0".repeat(63)}1`);
    expect([targetsOf(branches[pay] ?? []), selectorsOf(branches[pay] ?? [])]).toEqual([
      [usdc],
      [transfer],
    ]);
    const send = groupOf(payee, "0x", 7n);
    expect(selectorsOf(branches[send] ?? [])).toEqual(["0x"]);
    expect(send).not.toBe(pay);
  });

  test.each<[string, object, Partial<CompileFrame>]>([
    ["nothing at all", {}, {}],
    [
      "calls of another chain",
      { calls: [{ target: `eip155:1:${usdc}`, selectors: [transfer] }] },
      {},
    ],
    ["its own account", { calls: [{ target: id(account), selectors: ["0x12345678"] }] }, {}],
    ["open-ended allowances", { calls: [{ target: id(usdc), selectors: ["0xa22cb465"] }] }, {}],
    [
      "transfers of what may not leave",
      { calls: [{ target: id(usdc), selectors: [transfer] }], recipients: [id(payee)] },
      {},
    ],
    [
      "native coins to nobody who may receive",
      { calls: [{ target: id(payee), selectors: ["0x"] }] },
      {},
    ],
  ])("a policy that allows %s has none", (_, policy, over) => {
    const permission = compilePermission(frameOf(policy, over));
    expect(permission).toMatchObject({ ok: false, error: { reason: "POLICY_REFUSED" } });
  });

  test("one without enforcers of targets and selectors is never made", () => {
    const { timestamp, redeemer } = enforcers;
    const bare = { ...chain, enforcers: { timestamp, redeemer } };
    const permission = compilePermission({ ...whole, chain: bare });
    expect(permission).toMatchObject({ ok: false, error: { reason: "FEATURE_UNAVAILABLE" } });
  });

  test("its report names limits as a decision does", () => {
    const days = { window: { seconds: 86_400n } };
    const { $typeName: _, ...rules } = whole.policy;
    const frame = frameOf({
      ...rules,
      operations: { ...days, maxOperations: 3 },
      usd: { ...days, maxUsd: "100.5", maxUsdPerOperation: "20" },
      fees: { ...days, maxAmount: "9" },
      maxFeePerGas: "2",
      newRecipients: { ...days, maxRecipients: 1 },
      hours: { timeZone: "UTC", spans: [{ days: [1, 2, 3, 4, 5, 6, 7], endMinute: 1440 }] },
      approvals: { over: [{ asset: native, amount: "1" }], newRecipient: true },
      webhookHosts: ["hooks.test"],
    });
    const policy = fromPolicy(frame.policy, 1);
    if (!policy.ok) throw new Error(policy.error.detail);
    const price = { sources: 2, ageMs: 0, deviationBps: 0 };
    const spender = { asset: usdcId, spender: id(router), amount: 3n };
    const word = (value: bigint) => value.toString(16).padStart(64, "0");
    const approve = `0x095ea7b3${word(BigInt(router))}${word(3n)}`;
    const operation = testOperation({
      account: id(account),
      chain: "eip155:31337",
      calls: [
        { target: id(payee), selector: "0x", data: "0x", value: 5n },
        { target: id(usdc), selector: "0x095ea7b3", data: approve, value: 0n },
        {
          target: id(vaultToken),
          selector: "0x6e553f65",
          data: `0x6e553f65${word(1n)}${word(BigInt(account))}`,
          value: 0n,
        },
      ],
      allowances: [spender],
      spends: [
        { asset: native, amount: 5n },
        { asset: usdcId, amount: 3n },
      ],
      prices: [native, usdcId].map((asset) => ({ asset, ...price })),
      recipients: [id(payee)],
      worthMicroUsd: 5n,
      hosts: ["hooks.test"],
    });
    const { checks, outcome } = explain(operation, {
      policy: policy.value,
      restrictions: [],
      keyId: "k1",
      triggerId: undefined,
      spends: [],
      receipts: [],
      infrastructure: new Set(),
      mayAsk: true,
      approved: false,
      nowMs: 0,
    });
    expect(outcome).toBe("APPROVAL");
    const names = new Set(reportLimits(frame, compiled(frame)).map(({ rule }) => rule));
    const unnamed = checks.filter(({ rule }) => !names.has(rule)).map(({ rule }) => rule);
    expect(new Set(unnamed)).toEqual(new Set(["what is always denied"]));
  });

  test("what the vault denies to everybody has no way on chain", () => {
    const calls = [
      { target: id(vaultToken), selectors: ["0x6e553f65"] },
      // The redemption of delegations, an upgrade, an operator of ERC-6909; an entry point.
      { target: id(payee), selectors: ["0xcef6d209", "0x4f1ef286", "0x558a7297"] },
      {
        target: "eip155:31337:0x0000000071727de22e5e9d8baf0edac6f37da032",
        selectors: ["0x12345678"],
      },
    ];
    const branches = branchesOf(compiled(frameOf({ calls, assets: limits })), enforcers);
    expect(branches.map(targetsOf)).toEqual([[vaultToken]]);
    expect(branches.map(selectorsOf)).toEqual([["0x6e553f65"]]);
  });

  test("with the built-in enforcers alone the report claims no more than they do", () => {
    const { timestamp, redeemer, allowedTargets, allowedMethods } = enforcers;
    const { nativeTokenPeriodTransfer } = enforcers;
    const builtIn = {
      timestamp,
      redeemer,
      allowedTargets,
      allowedMethods,
      nativeTokenPeriodTransfer,
    };
    const frame = { ...whole, chain: { ...chain, enforcers: builtIn as typeof enforcers } };
    const report = reportLimits(frame, compiled(frame));
    const onChain = report.filter(({ enforcedBy }) => enforcedBy.includes("CHAIN"));
    expect(onChain.map(({ rule }) => rule)).toEqual([
      "act on eip155:31337",
      "act on eip155:31337 with this permission",
      "until 2027-01-15T08:00:00.000Z",
      `used by ${session} alone`,
    ]);
  });

  test("a feed that is missing leaves the rate to the vault", () => {
    const frame = { ...whole, chain: { ...chain, priceSources: feeds.slice(0, 1) } };
    const caveats = branchesOf(compiled(frame), enforcers).flat();
    expect(caveats.some(({ kind }) => kind === "fairSwap")).toBe(false);
    // The swap is there all the same, into the account itself.
    expect(caveats.some((one) => one.kind === "targets" && one.targets.includes(router))).toBe(
      true,
    );
  });

  test("a policy that is too long is refused whole", () => {
    const calls = Array.from({ length: 256 }, (_, i) => ({
      target: id(`0x${(i + 1).toString(16).padStart(40, "0")}`),
      selectors: ["0x12345678", "0x12345679"],
    }));
    const permission = compilePermission(frameOf({ calls }));
    expect(permission).toMatchObject({ ok: false, error: { reason: "FEATURE_UNAVAILABLE" } });
  });

  test("the wrapper of a native asset that may leave may not, unless it is listed", () => {
    const windows = compiled(whole).caveats.length;
    const listed = compiled(
      frameOf({
        ...whole.policy,
        assets: [
          ...limits,
          {
            asset: `eip155:31337/erc20:${weth}`,
            maxPerOperation: "1",
            windows: [window(60n, "1")],
          },
        ],
      }),
    );
    expect(listed.caveats.length).toBe(windows);
    const tokens = branchesOf(listed, enforcers)[0]?.flatMap((one) =>
      one.kind === "windowSpend" ? [one] : [],
    );
    expect(tokens?.filter(({ token }) => token === weth).map(({ limit }) => limit)).toEqual([1n]);
    expect(tokens?.filter(({ token }) => token === zeroAddress).length).toBe(2);
  });
});
