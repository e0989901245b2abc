/** What a vault's own work costs on the whole system, as the vault tells itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { protectedVault } from "../scenario/protected-vault.ts";
import type { LiveVault } from "../scenario/vault.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ name: "usage", persistent: false, progress: () => {} });
});
afterAll(() => stack?.stop());

async function usageOf({ client, name }: LiveVault) {
  const { usage } = await client.vault.getUsage({ name: `${name}/usage` });
  if (usage === undefined) throw new Error("no usage");
  return usage;
}

test("a vault that looks at the world and sees nothing new sets its alarm, and writes nothing", async () => {
  const vault = await protectedVault(stack);
  // Its first looks: the trigger's first verdict is written, and what had been counted till then.
  await sleep(3000);
  const before = await usageOf(vault);
  await sleep(6000);
  const after = await usageOf(vault);
  const wakes = after.wakeCount - before.wakeCount;
  expect(wakes).toBeGreaterThanOrEqual(4n);
  // A report may fall into a tick, which has woken and not yet set its alarm.
  const sets = after.alarmSetCount - before.alarmSetCount;
  expect([wakes - 1n, wakes, wakes + 1n]).toContain(sets);
  expect(after.rowsWritten - before.rowsWritten).toBe(0n);
  expect(after.rowsRead - before.rowsRead).toBeLessThan(50n * wakes);
  expect(after.delayedWakeCount).toBe(0n);
});
