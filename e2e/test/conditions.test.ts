/**
 * Each kind of condition on the whole stack: with real alarms, a real feed and a real chain. Each
 * occurrence fires once, and carries what it saw, what the policy said and what it asks for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { parseAbi, parseEther, parseUnits } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { FiringSchema } from "#gen/trigger/v1/firing";
import { Schedule_Overlap } from "#gen/trigger/v1/schedule";
import { Comparator, SignalCrossing_Direction } from "#gen/trigger/v1/signal_condition";
import { Trigger_State, Verdict } from "#gen/trigger/v1/trigger";
import {
  WatchVaultResponse_Kind as Kind,
  type WatchVaultResponse,
} from "#gen/vault/v1/vault_messages";
import { formatAccount } from "#protocol/names";
import { setPolicy } from "../scenario/policy.ts";
import { createSession, installSession } from "../scenario/session.ts";
import {
  type ConditionInit,
  causeOf,
  firedMs,
  firingsOf,
  makeTrigger,
  swapOn,
  waitForFirings,
} from "../scenario/triggers.ts";
import {
  claimVault,
  type LiveVault,
  nativeAsset,
  requestId,
  usdcAsset,
} from "../scenario/vault.ts";
import { devAccount, roles } from "../stack/chain/accounts.ts";
import { localChainId } from "../stack/chain/node.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ name: "conditions", persistent: false, progress: () => {} });
});
afterAll(() => stack?.stop());

const ethUsd = "market.price.eth.usd@v1";
const maxAge = { seconds: 300n };
const { LESS_THAN, AT_LEAST } = Comparator;

/** A vault whose policy lets it swap; what it swaps fails without a session. */
const swapVault = async (): Promise<LiveVault> => {
  const vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  return vault;
};

const backtestOf = async (
  vault: LiveVault,
  trigger: ReturnType<typeof swapOn>,
  startMs: number,
) => {
  const { firings } = await vault.client.triggers.backtestTrigger({
    parent: vault.name,
    trigger,
    startTime: timestampFromMs(startMs),
    endTime: timestampFromMs(Date.now() - 200),
  });
  return firings;
};

/** Mints USDC on the local chain. */
const mint = async (to: `0x${string}`, usdc: string) => {
  const { chain, deployment } = stack;
  const hash = await chain.wallet(devAccount(roles.liquidity)).writeContract({
    address: deployment.usdc,
    abi: parseAbi(["function mint(address to, uint256 amount)"]),
    functionName: "mint",
    args: [to, parseUnits(usdc, 6)],
  });
  await chain.reader.waitForTransactionReceipt({ hash });
  return hash;
};

const under = (value: string): ConditionInit => ({
  test: {
    case: "signalThreshold",
    value: { series: ethUsd, unit: Unit.USD, comparator: LESS_THAN, value, maxAge },
  },
});

describe("a schedule", () => {
  test("fires at each of its times, once, and then rests", async () => {
    const vault = await swapVault();
    const startMs = Date.now();
    const anchorMs = Math.ceil(startMs / 1000) * 1000 + 1000;
    const trigger = swapOn(
      vault,
      {
        test: {
          case: "schedule",
          value: {
            schedule: {
              case: "interval",
              value: { startTime: timestampFromMs(anchorMs), period: { seconds: 2n } },
            },
            overlap: Schedule_Overlap.ALLOW,
          },
        },
      },
      { maxFires: 4n },
    );
    const name = await makeTrigger(vault, trigger);
    const firings = await waitForFirings(vault, name, 4);
    const dueMs = [0, 1, 2, 3].map((n) => anchorMs + n * 2000);
    const at = (ms: number) => `at/${new Date(ms).toISOString().replace(".000Z", "Z")}`;
    expect(firings.map(causeOf)).toEqual(dueMs.map(at));
    const late = firings.map((firing, i) => firedMs(firing) - (dueMs[i] ?? 0));
    console.log(`a schedule fired ${late.join(", ")} ms after its times`);
    for (const ms of late) {
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(1500);
    }
    await sleep(2500);
    expect(await firingsOf(vault, name)).toHaveLength(4);
    const shown = await vault.client.triggers.getTrigger({ name });
    expect(shown.trigger?.state).toBe(Trigger_State.EXHAUSTED);
    expect((await backtestOf(vault, trigger, startMs)).map(causeOf)).toEqual(dueMs.map(at));
  });
});

describe("a signal", () => {
  test("that crosses fires at each crossing, not while it stays there", async () => {
    const vault = await swapVault();
    const { state } = stack.world;
    state.ethUsd = 2500;
    await sleep(2500);
    const startMs = Date.now();
    const trigger = swapOn(vault, {
      test: {
        case: "signalCrossing",
        value: {
          series: ethUsd,
          unit: Unit.USD,
          direction: SignalCrossing_Direction.DOWN,
          value: "2200",
          maxAge,
        },
      },
    });
    const name = await makeTrigger(vault, trigger);
    for (const price of [2450, 2100, 2050, 2500, 2000]) {
      await sleep(2500);
      state.ethUsd = price;
    }
    const firings = await waitForFirings(vault, name, 2);
    await sleep(1500);
    expect(await firingsOf(vault, name)).toHaveLength(2);
    for (const firing of firings) {
      expect(causeOf(firing)).toMatch(/^round\/market\.price\.eth\.usd@v1\/[0-9]+$/);
    }
    expect((await backtestOf(vault, trigger, startMs)).map(causeOf)).toEqual(firings.map(causeOf));
    state.ethUsd = 2500;
  });

  test("that has to hold fires when it has held, and not before", async () => {
    const vault = await swapVault();
    const { state } = stack.world;
    state.ethUsd = 2500;
    await sleep(2500);
    const startMs = Date.now();
    const trigger = swapOn(vault, {
      test: { case: "heldFor", value: { condition: under("2200"), duration: { seconds: 4n } } },
    });
    const name = await makeTrigger(vault, trigger);
    state.ethUsd = 2100;
    await sleep(2000);
    state.ethUsd = 2500;
    await sleep(4500);
    expect(await firingsOf(vault, name)).toEqual([]);
    state.ethUsd = 2000;
    const [fired] = await waitForFirings(vault, name, 1);
    if (fired === undefined) throw new Error("nothing fired");
    expect(fired.evaluation).toMatchObject({ path: "held_for", verdict: Verdict.TRUE });
    // This feed has a round a second, so the reading that ends the time may be the one before, or
    // the one after: what is played must reach that far.
    await sleep(2000);
    const [played, ...more] = await backtestOf(vault, trigger, startMs);
    if (played === undefined) throw new Error("nothing was played");
    expect(more).toEqual([]);
    expect(causeOf(played)).toMatch(/^rise\/1\/market\.price\.eth\.usd@v1@[0-9]+$/);
    expect(Math.abs(firedMs(fired) - firedMs(played))).toBeLessThan(1500);
    state.ethUsd = 2500;
  });
});

describe("a chain", () => {
  test("whose log matches fires once for each", async () => {
    const vault = await swapVault();
    const { address } = vault.owner.smartAccount;
    const usdc = formatAccount({ chainId: localChainId, address: stack.deployment.usdc });
    const name = await makeTrigger(
      vault,
      swapOn(vault, {
        test: {
          case: "chainLog",
          value: {
            contract: usdc,
            event: "Transfer(address indexed from, address indexed to, uint256 value)",
            arguments: [
              { index: 1, value: address },
              { index: 2, comparator: AT_LEAST, value: parseUnits("100", 6).toString() },
            ],
            confirmations: 1,
          },
        },
      }),
    );
    await sleep(3000);
    await mint(address, "99");
    const first = await mint(address, "100");
    const second = await mint(address, "2000");
    const firings = await waitForFirings(vault, name, 2);
    expect(firings.map(causeOf)).toEqual(
      [first, second].map((hash) => `log/eip155:${localChainId}/${hash}/0`),
    );
    await sleep(2500);
    expect(await firingsOf(vault, name)).toHaveLength(2);
  });

  test("on which a balance falls fires, with the block that said so", async () => {
    const vault = await swapVault();
    const { address } = vault.owner.smartAccount;
    const name = await makeTrigger(
      vault,
      swapOn(vault, {
        test: {
          case: "balance",
          value: {
            asset: nativeAsset,
            comparator: LESS_THAN,
            amount: parseEther("5").toString(),
            maxAge: { seconds: 60n },
          },
        },
      }),
    );
    await sleep(2500);
    expect(await firingsOf(vault, name)).toEqual([]);
    await stack.chain.tools.setBalance({ address, value: parseEther("4") });
    const [fired] = await waitForFirings(vault, name, 1);
    expect(fired?.inputs?.chainValues).toMatchObject([
      { key: `eip155:${localChainId}/balance/${address}`, value: parseEther("4").toString() },
    ]);
    expect(fired?.inputs?.chainValues[0]?.blockNumber).toBeGreaterThan(0n);
    // What was recorded of the chain plays in a backtest.
    const { triggers } = vault.client;
    const { trigger } = await triggers.getTrigger({ name });
    if (trigger === undefined || fired === undefined) throw new Error("no trigger");
    const { firings } = await triggers.backtestTrigger({
      parent: vault.name,
      trigger,
      startTime: timestampFromMs(firedMs(fired) - 60_000),
      endTime: timestampFromMs(Date.now() - 200),
      chainValues: fired.inputs?.chainValues ?? [],
    });
    expect(firings.map(causeOf)).toEqual([causeOf(fired)]);
  });
});

describe("a firing", () => {
  test("tells what the policy said and what it asks for, and a stream tells of all of it", async () => {
    const vault = await swapVault();
    await installSession(vault, await createSession(vault), "6");
    const gone = new AbortController();
    const seen: WatchVaultResponse[] = [];
    const stream = vault.client.vault.watchVault({ name: vault.name }, { signal: gone.signal });
    const reading = (async () => {
      for await (const event of stream) seen.push(event);
    })().catch(() => undefined);
    // Open before anything happens that it should tell of.
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThan(0);
    const balance: ConditionInit = {
      test: {
        case: "balance",
        value: {
          asset: usdcAsset(stack),
          comparator: AT_LEAST,
          amount: "1",
          maxAge: { seconds: 60n },
        },
      },
    };
    const any: ConditionInit = {
      test: { case: "any", value: { conditions: [balance, under("9000")] } },
    };
    const trigger = swapOn(vault, any, { cooldown: { seconds: 86_400n } });
    const name = await makeTrigger(vault, trigger);
    const [fired = create(FiringSchema)] = await waitForFirings(vault, name, 1);
    expect(fired.decision).toMatchObject({ allowed: true, reason: "", detail: "" });
    expect(fired.intent).toEqual(trigger.intent);
    expect(fired.execution).toMatch(/\/executions\//);
    const kinds = () => new Set(seen.map((event) => event.kind));
    await expect
      .poll(kinds, { timeout: 30_000 })
      .toEqual(new Set([Kind.HEARTBEAT, Kind.TRIGGER, Kind.FIRING, Kind.EXECUTION, Kind.BALANCE]));
    expect(seen.find(({ kind }) => kind === Kind.FIRING)?.resource).toBe(fired.name);
    gone.abort();
    await reading;
  });

  test("that the policy refuses says so", async () => {
    const vault = await swapVault();
    const { state } = stack.world;
    state.ethUsd = 2500;
    await sleep(2500);
    const name = await makeTrigger(vault, swapOn(vault, under("2200")));
    const { policy } = await vault.client.vault.getPolicy({ name: `${vault.name}/policy` });
    if (policy === undefined) throw new Error("no policy");
    const assets = policy.assets.map((limit) => ({ ...limit, maxPerOperation: "1" }));
    await vault.client.vault.tightenPolicy({
      parent: vault.name,
      requestId: requestId(),
      policy: { ...policy, assets },
      expectedVersion: policy.version,
    });
    state.ethUsd = 2000;
    const [fired] = await waitForFirings(vault, name, 1);
    expect(fired?.decision).toMatchObject({ allowed: false, reason: "LIMIT_EXCEEDED" });
    expect(fired?.decision?.detail).toContain("per operation");
    state.ethUsd = 2500;
  });
});
