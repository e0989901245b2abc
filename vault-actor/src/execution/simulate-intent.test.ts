/** A simulation is the plan of an execution, without the operation. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { encodeAbiParameters, parseAbiParameters } from "viem";
import { expect, test } from "vitest";
import { IntentSchema } from "#gen/vault/v1/intent";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import type { PolicySchema } from "#gen/vault/v1/policy";
import { formatAsset } from "#protocol/names";
import {
  eth,
  operatingVault,
  planned,
  startMs,
  submitted,
  target,
  vaultId,
} from "../../test/support/operating-vault.ts";
import { agreed, digit, dollar, ether, nodeOf, readerOf } from "../../test/support/planning.ts";
import { readingsOf } from "../../test/support/prices.ts";
import { takeSnapshot } from "../../test/support/snapshot.ts";
import { testChain } from "../../test/support/test-chain.ts";
import { writeKey } from "../identity/key-store.ts";
import { fromGrant } from "../identity/wire.ts";
import { swapSelector } from "../session/compile/known-call.ts";
import { type SimulateDeps, simulateIntent } from "./simulate-intent.ts";

type Action = NonNullable<MessageInitShape<typeof IntentSchema>["action"]>;
type Rules = MessageInitShape<typeof PolicySchema>;
const usdc = formatAsset(dollar);
const one = 10n ** 18n;
const chain = testChain(1);
const day = { seconds: 86_400n };
const rules: Rules = {
  calls: [
    { target, selectors: ["0x"] },
    { target: `eip155:1:${chain.uniswapV3.router}`, selectors: [swapSelector] },
  ],
  recipients: [target],
  assets: [
    {
      asset: eth,
      maxPerOperation: String(one),
      windows: [{ window: day, maxAmount: String(2n * one) }],
    },
  ],
  maxSlippageBps: 100,
  webhookHosts: ["hooks.example.com"],
};
const prices = readingsOf(...agreed(formatAsset(ether), 2500), ...agreed(usdc, 1));

const send = (wei: bigint): Action => ({
  action: {
    case: "transfer",
    value: {
      asset: eth,
      amount: { amount: { case: "exact", value: String(wei) } },
      recipient: target,
    },
  },
});
const swap = (shareBps: number): Action => ({
  action: {
    case: "swap",
    value: {
      sellAsset: eth,
      buyAsset: usdc,
      amount: { amount: { case: "shareBps", value: shareBps } },
      maxSlippageBps: 100,
      venue: { case: "uniswapV3", value: { fee: 3000 } },
    },
  },
});
const hook: Action = { action: { case: "webhook", value: { url: "https://hooks.example.com/a" } } };

const pays = (amountOut: bigint) =>
  encodeAbiParameters(parseAbiParameters("uint256, uint160, uint32, uint256"), [
    amountOut,
    0n,
    0,
    0n,
  ]);

/** A vault that holds 3 ether, and a pool that pays whatever is asked for. */
async function world(policy: Rules = rules, change: Partial<SimulateDeps> = {}) {
  const vault = await operatingVault(policy);
  const { db } = vault;
  const node = nodeOf((to) => (to === chain.uniswapV3.quoter ? pays(10n ** 30n) : 3n * one));
  const fresh = new Map(
    [...prices].map(([asset, readings]) => [
      asset,
      readings.map((reading) => ({ ...reading, atMs: startMs })),
    ]),
  );
  const deps: SimulateDeps = {
    db,
    chains: new Map([[1, chain]]),
    rpcFor: () => node,
    prices: readerOf(fresh as typeof prices),
    timer: () => () => {},
    now: () => startMs,
    ...change,
  };
  const run = (action: Action, keyId = "k1") => {
    const intent = create(IntentSchema, { chain: "eip155:1", action });
    return simulateIntent(deps, { vaultId, keyId, nowMs: startMs }, intent);
  };
  return { vault, run, asked: node.asked };
}

test("a share is what it is now, with what it brings at least and what it is worth", async () => {
  const { run } = await world();
  const simulated = await run(swap(3000));
  expect(simulated).toMatchObject({
    refusal: undefined,
    approval: [],
    isQuoted: true,
    spends: [{ asset: eth, amount: (9n * one) / 10n, microUsd: 2_250_000_000n }],
    receives: [{ asset: usdc, amount: 2_227_500_000n }],
    decision: { outcome: "ALLOW" },
  });
  const looked = simulated.decision?.checks.map(({ rule }) => rule);
  expect(looked).toEqual(expect.arrayContaining([`price of ${eth}`, `price of ${usdc}`]));
});

test("a share above a limit is refused, which early it was not", async () => {
  const { run } = await world();
  expect(await run(swap(5000))).toMatchObject({
    refusal: { failure: { reason: "LIMIT_EXCEEDED" }, by: "VAULT" },
    decision: { outcome: "DENY", decidingRule: `${eth} ${one} per operation` },
    isQuoted: true,
  });
});

test("what a rule refuses at once is asked of nobody", async () => {
  const { run, asked } = await world();
  expect(await run(send(2n * one))).toMatchObject({
    refusal: { failure: { reason: "LIMIT_EXCEEDED" } },
    isQuoted: false,
  });
  expect(asked).toEqual([]);
});

test("without an answer of the chain the early verdict is given, and that is said", async () => {
  const { run } = await world(rules, { rpcFor: () => nodeOf(() => undefined) });
  expect(await run(swap(5000))).toMatchObject({
    refusal: undefined,
    isQuoted: false,
    spends: [{ asset: eth, amount: 0n }],
    receives: [],
    decision: { outcome: "ALLOW" },
  });
});

test("a chain that never answers is not waited for", async () => {
  const { run } = await world(rules, {
    rpcFor: () => () => new Promise(() => {}),
    timer: (ms, end) => {
      expect(ms).toBe(5000);
      end();
      return () => {};
    },
  });
  expect(await run(swap(5000))).toMatchObject({ refusal: undefined, isQuoted: false });
});

test("a pool that pays too little, and prices that are missing, refuse as in an execution", async () => {
  const poor = nodeOf((to) => (to === chain.uniswapV3.quoter ? pays(1n) : one));
  const { run } = await world(rules, { rpcFor: () => poor });
  expect(await run(swap(100))).toMatchObject({
    refusal: { failure: { reason: "CHAIN_REFUSED" }, by: "CHAIN" },
    isQuoted: true,
    spends: [],
  });
  const blind = await world(rules, { prices: readerOf(new Map()) });
  expect(await blind.run(swap(100))).toMatchObject({
    refusal: { failure: { reason: "PRICE_UNFIT" }, by: "VAULT" },
  });
});

test("what would wait for the owners is not allowed, nor refused", async () => {
  const approvals = { over: [{ asset: eth, amount: "10" }] };
  const { run } = await world({ ...rules, approvals });
  expect(await run(send(11n))).toMatchObject({
    refusal: undefined,
    approval: [`ask the owners above 10 of ${eth}`],
    decision: { outcome: "APPROVAL" },
  });
});

test("an effect is judged and touches no chain", async () => {
  const { run, asked } = await world();
  expect(await run(hook)).toMatchObject({
    refusal: undefined,
    decision: { outcome: "ALLOW", checks: [{}, { rule: "webhook to hooks.example.com" }] },
    isQuoted: false,
    isOnChain: false,
  });
  const other: Action = {
    action: { case: "webhook", value: { url: "https://else.example.com/" } },
  };
  expect(await run(other)).toMatchObject({ refusal: { failure: { reason: "POLICY_REFUSED" } } });
  expect(asked).toEqual([]);
});

test("nothing is written, and what is held counts", async () => {
  const { vault, run } = await world();
  planned(vault, "e1", startMs);
  await submitted(vault, "e1", one, () => startMs);
  planned(vault, "e2", startMs);
  await submitted(vault, "e2", one, () => startMs);
  const before = takeSnapshot(vault.db);
  expect(await run(send(1n))).toMatchObject({ refusal: { failure: { reason: "LIMIT_EXCEEDED" } } });
  await run(swap(1));
  expect(takeSnapshot(vault.db)).toEqual(before);
});

test("a key sees its own limits and no other key's", async () => {
  const { vault, run } = await world();
  const restricted = (keyId: string, most: string) => {
    const assets = [
      { asset: eth, maxPerOperation: most, windows: [{ window: day, maxAmount: most }] },
    ];
    const expireTime = timestampFromMs(startMs + 86_400_000);
    const grant = create(KeyGrantSchema, { keyId, expireTime, restriction: { assets } });
    writeKey(vault.db, fromGrant(grant, 1, startMs), grant);
  };
  restricted("mine", "77");
  restricted("other", "55");
  const { met, decision } = await run(send(1n), "mine");
  const seen = JSON.stringify([met, decision?.checks.map(({ rule }) => rule)]);
  expect(seen).toContain(`key ${eth} 77 per operation`);
  expect(seen).not.toContain(" 55 per");
});

test("a recipient on another chain is not understood, and that is the refusal", async () => {
  const { run } = await world();
  const nowhere: Action = {
    action: {
      case: "transfer",
      value: {
        asset: eth,
        amount: { amount: { case: "exact", value: "1" } },
        recipient: `eip155:2:${digit("d")}`,
      },
    },
  };
  const { refusal, decision } = await run(nowhere);
  expect(refusal?.by).toBe("VAULT");
  expect(decision).toBeUndefined();
});
