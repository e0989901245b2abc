/**
 * What executing costs: from a trigger's verdict to the signed operation, with a node and a
 * bundler that answer at once; and from an accepted intent to its inclusion, next to a script
 * without a vault that does the same on the same chain.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import {
  durationFromMs,
  type Timestamp,
  timestampFromMs,
  timestampMs,
} from "@bufbuild/protobuf/wkt";
import { parseEther } from "viem";
import { Schedule_Overlap } from "#gen/trigger/v1/schedule";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import type { Execution } from "#gen/vault/v1/execution";
import { formatChain, idOf } from "#protocol/names";
import {
  type ActionInit,
  anyActionVault,
  carryOut,
  localAccount,
  parties,
} from "../scenario/any-action.ts";
import { firingsOf } from "../scenario/triggers.ts";
import { type LiveVault, nativeAsset, requestId, usdcAsset } from "../scenario/vault.ts";
import { localChainId } from "../stack/chain/node.ts";
import { poolFee } from "../stack/chain/pool.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { percentile } from "./load.ts";
import { plainScript } from "./plain-script.ts";
import { type Asked, rememberIn } from "./upstream-memory.ts";

/** From verdict to signature, of one kind of action. Times are in milliseconds. */
export type SigningCost = {
  readonly action: string;
  readonly times: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Until the operation arrives at the bundler: after the notary has the reservation. */
  readonly handedP50Ms: number;
  readonly handedP99Ms: number;
  /** Requests to the operators' nodes and to the bundler before it is signed, for one execution. */
  readonly nodeRequests: number;
  readonly bundlerRequests: number;
  /** The share of executions of which every question was answered from memory. */
  readonly fromMemory: number;
};

/** From acceptance to inclusion, and the same for a script. */
export type Overhead = {
  readonly times: number;
  readonly vaultP50Ms: number;
  readonly scriptP50Ms: number;
  readonly addedMs: number;
};

/** The figures. */
export type ExecutionCost = {
  readonly signing: readonly SigningCost[];
  readonly overhead: Overhead;
};

const periodMs = 1000;
const forMs = 55_000;
const triggersEach = 2;
const alternations = 24;

/** Measures, on a stack of its own. */
export async function measureExecutions(progress: (line: string) => void): Promise<ExecutionCost> {
  const stack = await startStack({
    name: "bench-executions",
    persistent: false,
    progress,
    callsPerMinute: 1_000_000,
    periodMs: 60_000,
    tapped: true,
    operators: true,
  });
  try {
    const vault = await anyActionVault(stack, "1000");
    progress("intents of a vault and operations of a script, in turns");
    const overhead = await overheadOf(stack, vault);
    const signing: SigningCost[] = [];
    for (const [action, intent] of actionsOf(stack)) {
      progress(`${action}s of ${triggersEach} schedules, for a minute`);
      signing.push(await signingOf(stack, vault, action, intent));
    }
    return { signing, overhead };
  } finally {
    await stack.stop();
  }
}

/** Says it in lines. */
export function executionText({ signing, overhead }: ExecutionCost): string {
  const { times, vaultP50Ms, scriptP50Ms, addedMs } = overhead;
  return [
    ...signing.map(
      (one) =>
        `From verdict to signature, a ${one.action}, upstreams from memory: ${one.p50Ms} ms p50, ${one.p99Ms} ms p99 of ${one.times}; to the bundler ${one.handedP50Ms} ms p50, ${one.handedP99Ms} ms p99; ${one.nodeRequests} requests to nodes and ${one.bundlerRequests} to the bundler; ${Math.round(one.fromMemory * 100)} % wholly from memory.`,
    ),
    `From an accepted intent to its inclusion, a transfer: ${vaultP50Ms} ms p50; a script without a vault ${scriptP50Ms} ms p50; added ${addedMs} ms, of ${times} each.`,
  ].join("\n");
}

const give = parseEther("0.0001");
const transfer: ActionInit = {
  case: "transfer",
  value: {
    asset: nativeAsset,
    amount: { amount: { case: "exact", value: String(give) } },
    recipient: localAccount(parties.friend),
  },
};

function actionsOf(stack: Stack): readonly (readonly [string, ActionInit])[] {
  const swap: ActionInit = {
    case: "swap",
    value: {
      sellAsset: nativeAsset,
      buyAsset: usdcAsset(stack),
      amount: { amount: { case: "exact", value: String(give) } },
      maxSlippageBps: 100,
      venue: { case: "uniswapV3", value: { fee: poolFee } },
    },
  };
  return [
    ["transfer", transfer],
    ["swap", swap],
  ];
}

async function overheadOf(stack: Stack, vault: LiveVault): Promise<Overhead> {
  const script = await plainScript(stack);
  const call = { target: parties.friend, value: give, data: "0x" } as const;
  // Both once before: the session's account is deployed by its first operation.
  await carryOut(vault, transfer);
  await script(call, nativeAsset);
  const [own, plain]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < alternations; turn++) {
    const { createTime, includeTime, failure } = await carryOut(vault, transfer);
    if (failure !== undefined) throw new Error(failure.detail);
    own.push(msOf(includeTime) - msOf(createTime));
    plain.push(await script(call, nativeAsset));
  }
  const [vaultP50Ms, scriptP50Ms] = [percentile(own, 0.5), Math.round(percentile(plain, 0.5))];
  return { times: alternations, vaultP50Ms, scriptP50Ms, addedMs: vaultP50Ms - scriptP50Ms };
}

async function signingOf(
  stack: Stack,
  vault: LiveVault,
  name: string,
  action: ActionInit,
): Promise<SigningCost> {
  if (stack.tap === undefined) throw new Error("no tap");
  const memory = rememberIn(stack.tap, stack.chain.url);
  const everyMs = periodMs / triggersEach;
  let isOver = false;
  // Between two firings, so that it is in nobody's way.
  const renewing = (async () => {
    while (!isOver) {
      await sleep(everyMs - ((Date.now() + everyMs * 0.3) % everyMs));
      await memory.renew();
    }
  })();
  await carryOut(vault, action);
  const startMs = Math.ceil(Date.now() / periodMs) * periodMs;
  const triggers: string[] = [];
  for (let at = 0; at < triggersEach; at++) {
    const startTime = timestampFromMs(startMs + at * everyMs);
    triggers.push(await scheduled(vault, action, startTime));
  }
  await sleep(forMs);
  for (const trigger of triggers) {
    await vault.client.triggers.deleteTrigger({ name: trigger, requestId: requestId() });
  }
  await sleep(3000);
  isOver = true;
  await renewing;
  memory.stop();
  const firings = (await Promise.all(triggers.map((one) => firingsOf(vault, one)))).flat();
  const samples: ReturnType<typeof sampleOf>[] = [];
  for (const { fireTime, execution: executionName } of firings) {
    const { execution } = await vault.client.vault.getExecution({ name: executionName });
    // Deleted under its last firing, a trigger takes that one's leave to act with it.
    if (execution?.failure?.detail === "the trigger that asked for this is gone") continue;
    if (execution?.signTime === undefined) throw new Error(reasonOf(execution, executionName));
    samples.push(sampleOf(msOf(fireTime), execution, memory.asked));
  }
  // The first ones fill the memory.
  const counted = samples.slice(triggersEach);
  const of = (pick: (one: (typeof samples)[number]) => number, share = 0.5) =>
    percentile(counted.map(pick), share);
  return {
    action: name,
    times: counted.length,
    p50Ms: of(({ signMs }) => signMs),
    p99Ms: of(({ signMs }) => signMs, 0.99),
    handedP50Ms: of(({ handedMs }) => handedMs),
    handedP99Ms: of(({ handedMs }) => handedMs, 0.99),
    nodeRequests: of(({ node }) => node),
    bundlerRequests: of(({ bundler }) => bundler),
    fromMemory: counted.filter(({ isKnown }) => isKnown).length / counted.length,
  };
}

/** What was asked between verdict and handing over, but for what asks after earlier ones. */
function sampleOf(firedMs: number, { signTime }: Execution, asked: readonly Asked[]) {
  const handed = asked.find(
    ({ atMs, methods }) => atMs >= msOf(signTime) && methods[0] === "eth_sendUserOperation",
  );
  const within = asked.filter(
    ({ atMs, methods }) =>
      atMs >= firedMs && atMs <= msOf(signTime) && !methods.includes("eth_getLogs"),
  );
  return {
    signMs: msOf(signTime) - firedMs,
    handedMs: (handed?.atMs ?? Number.NaN) - firedMs,
    node: within.filter(({ path }) => path.startsWith("/operator")).length,
    bundler: within.filter(({ path }) => path.startsWith("/bundler")).length,
    isKnown: within.every(({ isKnown }) => isKnown),
  };
}

async function scheduled(
  { name, client }: LiveVault,
  action: ActionInit,
  startTime: Timestamp,
): Promise<string> {
  const schedule = {
    case: "interval",
    value: { startTime, period: durationFromMs(periodMs) },
  } as const;
  const { trigger } = await client.triggers.createTrigger({
    parent: name,
    requestId: requestId(),
    trigger: create(TriggerSchema, {
      displayName: "each second",
      condition: {
        test: { case: "schedule", value: { schedule, overlap: Schedule_Overlap.ALLOW } },
      },
      intent: { chain: formatChain(localChainId), action: { action } },
    }),
  });
  if (trigger === undefined) throw new Error("no trigger");
  return trigger.name;
}

function reasonOf(execution: Execution | undefined, name: string): string {
  return `${idOf(name)} was not signed: ${execution?.failure?.detail ?? execution?.state}`;
}

function msOf(time: Timestamp | undefined): number {
  return time === undefined ? Number.NaN : timestampMs(time);
}
