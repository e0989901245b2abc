/**
 * A vault whose triggers swap, in a world that is somebody's who wants its money: the signals, one
 * of two groups of prices, the node that is asked for balances, the pool, and whether and when
 * what was signed lands. One group of prices tells the truth. Everything of the vault is real,
 * from the look at the signals to the signature; the landing is written as its settlement does.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { decodeFunctionData, encodeAbiParameters, type Hex, parseAbi, toHex } from "viem";
import { Unit } from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { dial } from "#protocol/dial";
import type { Outcome, Rpc } from "../../src/account/node.ts";
import { acceptIntent } from "../../src/execution/accept.ts";
import { swapSelector, unwrapSelector } from "../../src/execution/action/venue.ts";
import { createAdvance } from "../../src/execution/advance.ts";
import { attemptsOf } from "../../src/execution/attempt-store.ts";
import { judgeIntent } from "../../src/execution/judge-intent.ts";
import { readExecution, writeEnd } from "../../src/execution/store.ts";
import { recentSpends, release, settle } from "../../src/policy/spend-store.ts";
import type { PriceReading } from "../../src/price/price.ts";
import { createSignalClient } from "../../src/signal/client.ts";
import { insertTrigger } from "../../src/trigger/store.ts";
import { createWatch } from "../../src/trigger/watch.ts";
import { executionPorts } from "./execution-ports.ts";
import { FakeSignals, makeFeedKey } from "./fake-signals.ts";
import { chain, eth, operatingVault, startMs, vaultId } from "./operating-vault.ts";
import { feed, readingsOf, usd, usdc } from "./prices.ts";
import { ethUsd } from "./watching-vault.ts";

/** What the world does next, and how far the clock goes before. */
export type Step = {
  readonly afterMs: number;
  /** What the feed says of ether, and when that was, in milliseconds from now. */
  readonly said: string;
  readonly saidMs: number;
  /** What an ether is really worth, in cents. The honest group says it, or nothing. */
  readonly cents: number;
  readonly isHonestSilent: boolean;
  /** What the other group says of ether and of a dollar, in parts of 10,000, and how old it is. */
  readonly lie: { readonly ether: number; readonly dollar: number; readonly ageMs: number };
  /** What the node says the account holds, in base units. */
  readonly balance: bigint;
  /** What the pool quotes. */
  readonly quote: bigint;
  /** What becomes of everything signed: it pays the least and so much, is reverted, or waits. */
  readonly landing: bigint | "reverts" | "waits";
};

/** A swap that was signed. Amounts are in base units. */
export type Swapped = {
  readonly executionId: string;
  readonly atMs: number;
  readonly sell: string;
  readonly amount: bigint;
  readonly cents: bigint;
  /** What its signed call data wants at least. */
  readonly least: bigint;
  /** What it brought. `undefined`: it is out, or was reverted. */
  brought: bigint | undefined;
  reverted: boolean;
};

/** The limits: of a window of an hour, and of one swap; and the most that one may lose. */
export const windowMs = 3_600_000;
export const slippageBps = 100n;
export const caps: ReadonlyMap<string, bigint> = new Map([
  [eth, 10n * 10n ** 18n],
  [usdc, 25_000n * 10n ** 6n],
]);
const perSwap = new Map([
  [eth, 4n * 10n ** 18n],
  [usdc, 9_000n * 10n ** 6n],
]);

const { router, quoter } = chain.uniswapV3;
const routerId = `eip155:1:${router}`;
const swapAbi = parseAbi([
  "struct Params { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 amountIn; uint256 amountOutMinimum; uint160 sqrtPriceLimitX96; }",
  "function exactInputSingle(Params params) payable returns (uint256)",
  "function unwrapWETH9(uint256 amountMinimum, address recipient) payable",
  "function multicall(bytes[] data) payable returns (bytes[])",
]);

/** Plays a trace. Returns what was signed, and how many times the triggers fired. */
export async function playPoisoned(
  steps: readonly Step[],
): Promise<{ readonly swaps: readonly Swapped[]; readonly fired: number }> {
  const vault = await operatingVault({
    calls: [{ target: routerId, selectors: [swapSelector, unwrapSelector] }],
    assets: [...caps].map(([asset, cap]) => ({
      asset,
      maxPerOperation: String(perSwap.get(asset)),
      windows: [{ window: { seconds: BigInt(windowMs / 1000) }, maxAmount: String(cap) }],
    })),
    maxSlippageBps: Number(slippageBps),
    maxOperationFee: String(10n ** 18n),
  });
  const { db, keyring } = vault;
  let nowMs = startMs;
  let step: Step | undefined;
  const now = () => nowMs;
  const signals = new FakeSignals(await makeFeedKey(), now);
  const chains = new Map([[1, chain]]);
  const rpc = rpcOf(() => step);
  const accepted: string[] = [];
  const advance = createAdvance({
    ...executionPorts,
    db,
    keyring,
    chains,
    vaultId: () => vaultId,
    rpcFor: () => rpc,
    prices: { read: async () => ({ kind: "ok", value: readingsOf(...readingsIn(step, nowMs)) }) },
    secure: async () => true,
    now,
  });
  const watch = createWatch({
    db,
    chains,
    signals: createSignalClient({
      transport: dial(signals.fetch, "http://signals"),
      feedKeyId: signals.feedKeyId,
      now,
    }),
    chain: { read: async () => new Map(), readLogs: async () => new Map(), pauseMs: () => 1000 },
    judge: (intent, keyId, atMs, triggerId) => {
      const by = { vaultId, keyId, triggerId, nowMs: atMs };
      return judgeIntent({ db, chains }, by, intent, recentSpends(db, atMs));
    },
    newId: () => `f${accepted.length}`,
    now,
    planIntent: (intent, { firing, keyId }, atMs) => {
      const parts = { db, scheduler: { put: () => {} }, newId: () => `e${accepted.length}` };
      const by = { cause: { kind: "FIRING" as const, firing }, keyId };
      const executionId = acceptIntent({ ...parts, vaultId: () => vaultId }, intent, by, atMs);
      accepted.push(executionId);
      return `vaults/${vaultId}/executions/${executionId}`;
    },
  });
  // Two of each, so that one whose swap is out does not keep the others from firing.
  for (const at of [0, 1, 2, 3]) {
    const trigger = at % 2 === 0 ? sellEther : sellDollars;
    insertTrigger(db, {
      triggerId: `t${at}`,
      body: trigger,
      creatorKeyId: "k1",
      createdMs: nowMs,
    });
  }
  const swaps: Swapped[] = [];
  let done = 0;
  for (const next of steps) {
    step = next;
    nowMs += next.afterMs;
    const time = timestampFromMs(nowMs + next.saidMs);
    signals.observe(ethUsd, next.said, { observeTime: time });
    await signals.publish();
    await watch();
    for (; done < accepted.length; done += 1) {
      const executionId = accepted[done] ?? "";
      await advance(executionId);
      const signed = signedOf(db, executionId, next);
      if (signed !== undefined) swaps.push(signed);
    }
    for (const swap of swaps) land(swap, next.landing);
  }
  return { swaps, fired: accepted.length };

  function land(swap: Swapped, landing: Step["landing"]): void {
    const isOver = swap.reverted || swap.brought !== undefined;
    if (isOver || landing === "waits") return;
    db.transaction(() => {
      if (landing === "reverts") release(db, swap.executionId, 1n);
      else settle(db, swap.executionId, new Map([[swap.sell, swap.amount]]), 1n);
      writeEnd(db, swap.executionId, "FINAL", undefined, nowMs);
    });
    if (landing === "reverts") swap.reverted = true;
    else swap.brought = swap.least + landing;
  }
}

/** What of an execution was signed, read from the calls that were. */
function signedOf(
  db: Parameters<typeof readExecution>[0],
  executionId: string,
  { cents }: Step,
): Swapped | undefined {
  const execution = readExecution(db, executionId);
  const operation = attemptsOf(db, executionId).at(-1)?.judged?.operation;
  if (execution?.signedMs === undefined || operation === undefined) return undefined;
  const call = operation.calls.find(({ target }) => target === routerId);
  const { amountIn, amountOutMinimum, isEther } = exchangeIn(call?.data as Hex, call?.value ?? 0n);
  return {
    executionId,
    atMs: execution.signedMs,
    sell: isEther ? eth : usdc,
    amount: amountIn,
    cents: BigInt(cents),
    least: amountOutMinimum,
    brought: undefined,
    reverted: false,
  };
}

function exchangeIn(data: Hex, value: bigint) {
  const outer = decodeFunctionData({ abi: swapAbi, data });
  const inner =
    outer.functionName === "multicall"
      ? decodeFunctionData({ abi: swapAbi, data: outer.args[0][0] ?? "0x" })
      : outer;
  if (inner.functionName !== "exactInputSingle") throw new Error("not a swap");
  const { amountIn, amountOutMinimum } = inner.args[0];
  return { amountIn, amountOutMinimum, isEther: value > 0n };
}

function swapOf(sell: string, comparator: Comparator, value: string) {
  const isEther = sell === eth;
  return create(TriggerSchema, {
    condition: {
      test: {
        case: "signalThreshold",
        value: {
          series: ethUsd,
          unit: Unit.USD,
          comparator,
          value,
          maxAge: { seconds: 300n },
        },
      },
    },
    intent: {
      chain: "eip155:1",
      action: {
        action: {
          case: "swap",
          value: {
            sellAsset: sell,
            buyAsset: isEther ? usdc : eth,
            amount: {
              amount: isEther
                ? { case: "shareBps", value: 5000 }
                : { case: "exact", value: String(7_000n * 10n ** 6n) },
            },
            maxSlippageBps: Number(slippageBps),
            venue: { case: "uniswapV3", value: { fee: 3000 } },
          },
        },
      },
    },
  });
}

const sellEther = swapOf(eth, Comparator.LESS_THAN, "2000");
const sellDollars = swapOf(usdc, Comparator.GREATER_THAN, "3000");

function readingsIn(step: Step | undefined, nowMs: number): readonly PriceReading[] {
  if (step === undefined) return [];
  const { cents, lie, isHonestSilent } = step;
  const honest = { atMs: nowMs, group: "honest" };
  const lying = { atMs: nowMs - lie.ageMs, group: "lying" };
  const dollars = cents / 100;
  const truth = [feed(eth, dollars, honest), feed(usdc, 1, honest)];
  return [
    ...(isHonestSilent ? [] : truth),
    feed(eth, 0, { ...lying, usdE18: (usd(dollars) * BigInt(lie.ether)) / 10_000n }),
    feed(usdc, 0, { ...lying, usdE18: (usd(1) * BigInt(lie.dollar)) / 10_000n }),
  ];
}

/** The node and the bundler: what decides over no money is as it should be. */
function rpcOf(step: () => Step | undefined): Rpc {
  const word = (value: bigint) => toHex(value, { size: 32 });
  const answers: Record<string, (params: readonly unknown[]) => unknown> = {
    eth_getBalance: () => toHex(step()?.balance ?? 0n),
    eth_call: ([call]) => {
      if ((call as { to: string }).to !== quoter) return word(0n);
      const types = ["uint256", "uint160", "uint32", "uint256"].map((type) => ({ type }));
      return encodeAbiParameters(types, [step()?.quote ?? 0n, 0n, 0, 0n]);
    },
    eth_getCode: () => "0x60",
    eth_blockNumber: () => "0x10",
    eth_feeHistory: () => ({ baseFeePerGas: ["0x1", "0x1"], reward: [["0x1"]] }),
    eth_estimateGas: () => "0x5208",
    eth_estimateUserOperationGas: () => ({
      callGasLimit: "0x5208",
      verificationGasLimit: "0x5208",
      preVerificationGas: "0x5208",
    }),
    eth_sendUserOperation: () => word(1n),
    pimlico_getUserOperationGasPrice: () => null,
  };
  return async <T>(method: string, params: readonly unknown[]): Promise<Outcome<T>> => {
    const answer = answers[method];
    if (answer === undefined) throw new Error(`nobody answers ${method}`);
    return { kind: "ok", value: answer(params) as T };
  };
}
