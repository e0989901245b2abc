/** Changes the world as the main job waits for: the pool's price falls. The score is high already. */
import { setTimeout as sleep } from "node:timers/promises";
import { createSignalClient } from "#client/signal-client";
import { type Execution, Execution_State } from "#gen/vault/v1/execution";
import { poolPrice, sellEther } from "../stack/chain/pool.ts";
import type { Stack } from "../stack/stack.ts";
import { waitFor } from "../stack/wait.ts";
import type { LiveVault } from "./vault.ts";

/**
 * Sells ether into the pool until its price is under 2,200, and lets the feeds say so: those on
 * the chain first, because a swap is fair only once they and the pool's average have come to it.
 */
export async function crashWorld(
  stack: Stack,
): Promise<{ readonly atMs: number; readonly ethUsd: number }> {
  await sellEther(stack.chain, stack.deployment, "400");
  await stack.oracle.settled();
  const ethUsd = Math.round((await poolPrice(stack.chain, stack.deployment)) * 100) / 100;
  const atMs = Date.now();
  stack.world.state.ethUsd = ethUsd;
  return { atMs, ethUsd };
}

/** Lets the feeds report a calm world again, and waits until everybody can know. */
export async function calmWorld(stack: Stack): Promise<void> {
  stack.world.state.ethUsd = 2500;
  const client = createSignalClient(stack.baseUrl);
  const parent = "series/market.price.eth.usd@v1";
  await waitFor("the feed is calm", async () => {
    const { observations } = await client.listObservations({ parent, pageSize: 1 });
    const [latest] = observations;
    return latest?.value === "2500" && latest.qualities.length === 0 ? true : undefined;
  });
}

const ended: readonly Execution_State[] = [
  Execution_State.FINAL,
  Execution_State.FAILED,
  Execution_State.CANCELLED,
];

/** Waits for the vault's first execution to reach a state, or its end. */
export async function waitForExecution(
  vault: LiveVault,
  wanted: (execution: Execution) => boolean,
  timeoutMs = 60_000,
): Promise<Execution> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const answer = await vault.client.vault
      .listExecutions({ parent: vault.name })
      .catch(() => undefined);
    const execution = answer?.executions.at(-1);
    if (execution !== undefined && wanted(execution)) return execution;
    if (Date.now() > endMs) {
      throw new Error(
        `no such execution in ${timeoutMs / 1000} s; the last is in state ${execution?.state}`,
      );
    }
    await sleep(100);
  }
}

/** Whether an execution has ended. */
export function hasEnded(execution: Execution): boolean {
  return ended.includes(execution.state);
}

/** Waits until an execution has ended. */
export async function waitForEnd(vault: LiveVault, name: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const { execution } = await vault.client.vault.getExecution({ name });
    if (execution !== undefined && hasEnded(execution)) return;
    await sleep(100);
  }
  throw new Error(`${name} did not end in 30 s`);
}
