/** Alarms: of a vault whose triggers stay as they are, of one that fires, of a thousand triggers. */
import type { Trigger } from "#gen/trigger/v1/trigger";
import { protectedVault } from "../scenario/protected-vault.ts";
import { type LiveVault, requestId } from "../scenario/vault.ts";
import type { Stack } from "../stack/stack.ts";
import type { Case } from "./case.ts";
import { compositeTrigger } from "./composite.ts";
import { coldTick, tick } from "./doors.ts";
import { percentile, type Shot } from "./load.ts";
import { firingTrigger, idleTrigger } from "./triggers.ts";

/** How many triggers a vault holds. */
export const many = 1000;

/** The vaults that the cases are about. */
export type AlarmVaults = {
  readonly idle: LiveVault;
  readonly firing: LiveVault;
  readonly one: LiveVault;
  readonly full: LiveVault;
};

/** Brings the vaults to life. */
export async function alarmVaults(stack: Stack): Promise<AlarmVaults> {
  const [idle, firing, one, full] = await Promise.all([
    protectedVault(stack),
    protectedVault(stack),
    protectedVault(stack),
    protectedVault(stack),
  ]);
  await create(idle, idleTrigger(stack));
  await create(firing, firingTrigger(stack));
  await create(one, compositeTrigger(stack, 0));
  // Beside the one that every vault here has.
  const lane = async (first: number) => {
    for (let n = first; n < many - 1; n += 8) await create(full, compositeTrigger(stack, n));
  };
  await Promise.all(Array.from({ length: 8 }, (_, i) => lane(i)));
  return { idle, firing, one, full };
}

async function create(vault: LiveVault, trigger: Trigger): Promise<void> {
  await vault.client.triggers.createTrigger({
    parent: vault.name,
    requestId: requestId(),
    trigger,
  });
}

const names = {
  one: "alarm, 2 triggers",
  full: "alarm, 1000 triggers",
  coldOne: "first alarm, 2 triggers",
  coldFull: "first alarm, 1000 triggers",
} as const;

/** The cases. */
export function alarmCases({ idle, firing, one, full }: AlarmVaults): readonly Case[] {
  const alarm = (name: string, shot: () => Shot, perRound?: number): Case => ({
    name,
    floor: "object with one write",
    atOnce: 1,
    shots: async (count) => Array.from({ length: count }, shot),
    ...(perRound === undefined ? {} : { perRound }),
  });
  return [
    alarm("alarm that does not fire", () => tick(idle)),
    alarm("alarm, cooling", () => tick(firing)),
    alarm(names.one, () => tick(one), 40),
    alarm(names.full, () => tick(full), 40),
    alarm(names.coldOne, () => coldTick(one), 10),
    alarm(names.coldFull, () => coldTick(full), 10),
  ];
}

/** What evaluating a thousand triggers takes. */
export type EvaluationCost = {
  readonly life: "warm" | "cold";
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/** The alarm's time with a thousand triggers, less the median with two: no pull, no HTTP. */
export function evaluationCosts(
  samples: ReadonlyMap<string, readonly number[]>,
): readonly EvaluationCost[] {
  const cost = (life: EvaluationCost["life"], less: string, of: string): EvaluationCost => {
    const base = percentile(samples.get(less) ?? [], 0.5);
    const extra = (samples.get(of) ?? []).map((ms) => ms - base);
    return { life, p50Ms: percentile(extra, 0.5), p99Ms: percentile(extra, 0.99) };
  };
  return [cost("warm", names.one, names.full), cost("cold", names.coldOne, names.coldFull)];
}
