/** What a tick costs the platform, as the vault counts it itself. */
import type { LiveVault } from "../scenario/vault.ts";
import { tick } from "./doors.ts";
import { measure } from "./load.ts";

/** Figures of one tick, on average. */
export type TickCost = {
  readonly name: string;
  readonly alarmsSet: number;
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly evaluations: number;
};

const ticks = 50;

/** Counts some ticks of a vault that nothing else happens to. */
export async function tickCost(name: string, vault: LiveVault): Promise<TickCost> {
  const before = await usageOf(vault);
  await measure(
    Array.from({ length: ticks }, () => tick(vault)),
    0,
  );
  const after = await usageOf(vault);
  // The vault's own alarm may come in between.
  const wakes = Number(after.wakeCount - before.wakeCount);
  const each = (total: bigint) => Number(total) / wakes;
  return {
    name,
    alarmsSet: each(after.alarmSetCount - before.alarmSetCount),
    rowsWritten: each(after.rowsWritten - before.rowsWritten),
    rowsRead: each(after.rowsRead - before.rowsRead),
    evaluations: each(after.evaluationCount - before.evaluationCount),
  };
}

async function usageOf({ client, name }: LiveVault) {
  const { usage } = await client.vault.getUsage({ name: `${name}/usage` });
  if (usage === undefined) throw new Error("no usage");
  return usage;
}
