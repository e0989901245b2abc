/** Makes triggers of a vault on a local stack, and waits for what they fire. */
import { setTimeout as sleep } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ConditionSchema } from "#gen/trigger/v1/condition";
import type { Firing } from "#gen/trigger/v1/firing";
import { type FirePolicySchema, type Trigger, TriggerSchema } from "#gen/trigger/v1/trigger";
import { type LiveVault, requestId, swapIntent } from "./vault.ts";

/** The condition of a message that is to be created. */
export type ConditionInit = MessageInitShape<typeof ConditionSchema>;

/** A trigger that swaps a little ether. */
export function swapOn(
  { stack }: LiveVault,
  condition: ConditionInit,
  firePolicy: MessageInitShape<typeof FirePolicySchema> = {},
): Trigger {
  const intent = swapIntent(stack, { ether: "0.001" });
  return create(TriggerSchema, { displayName: "a swap", condition, firePolicy, intent });
}

/** Makes a trigger. Returns its name. */
export async function makeTrigger(vault: LiveVault, trigger: Trigger): Promise<string> {
  const request = { parent: vault.name, requestId: requestId(), trigger };
  const answer = await vault.client.triggers.createTrigger(request);
  return answer.trigger?.name ?? "";
}

/** The firings of a trigger, the oldest first. */
export async function firingsOf(vault: LiveVault, parent: string): Promise<readonly Firing[]> {
  const { firings } = await vault.client.triggers.listFirings({ parent, pageSize: 200 });
  return firings.reverse();
}

/** Waits for so many firings of a trigger. */
export async function waitForFirings(
  vault: LiveVault,
  parent: string,
  count: number,
  timeoutMs = 20_000,
): Promise<readonly Firing[]> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const firings = await firingsOf(vault, parent);
    if (firings.length >= count) return firings;
    if (Date.now() > endMs) throw new Error(`${firings.length} firings of ${count} in time`);
    await sleep(100);
  }
}

/** What made a firing: its occurrence key without trigger and version. */
export function causeOf({ occurrenceKey }: Firing): string {
  return occurrenceKey.split("/").slice(2).join("/");
}

/** When a firing was, in milliseconds. */
export function firedMs({ fireTime }: Firing): number {
  return fireTime === undefined ? 0 : timestampMs(fireTime);
}
