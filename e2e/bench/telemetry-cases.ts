/** What telling of its work costs a vault: the same vault's calls and alarms with and without. */
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { protectedVault } from "../scenario/protected-vault.ts";
import { type LiveVault, requestId } from "../scenario/vault.ts";
import type { Stack } from "../stack/stack.ts";
import type { Case } from "./case.ts";
import { door, tick } from "./doors.ts";
import { measure } from "./load.ts";
import { signedShots } from "./signed-shots.ts";
import { idleTrigger } from "./triggers.ts";

const names = {
  call: "GetVault, told",
  quietCall: "GetVault, untold",
  alarm: "alarm, told",
  quietAlarm: "alarm, untold",
} as const;

/** The cases. The floor of what is told is the same untold: the ratio is what telling costs. */
export async function telemetryCases(stack: Stack): Promise<readonly Case[]> {
  const [telling, quiet] = await Promise.all([idleVault(stack), idleVault(stack)]);
  await measure([door(quiet, "hush")], 0);
  const call = (name: string, vault: LiveVault): Case => ({
    name,
    floor: names.quietCall,
    atOnce: 8,
    shots: signedShots(
      "metavault.vault.v1.VaultService/GetVault",
      GetVaultRequestSchema,
      () => vault,
      (one) => ({ name: one.name }),
    ),
  });
  const alarm = (name: string, vault: LiveVault): Case => ({
    name,
    floor: names.quietAlarm,
    atOnce: 1,
    shots: async (count) => Array.from({ length: count }, () => tick(vault)),
  });
  return [
    call(names.quietCall, quiet),
    call(names.call, telling),
    alarm(names.quietAlarm, quiet),
    alarm(names.alarm, telling),
  ];
}

async function idleVault(stack: Stack): Promise<LiveVault> {
  const vault = await protectedVault(stack);
  const request = { parent: vault.name, requestId: requestId(), trigger: idleTrigger(stack) };
  await vault.client.triggers.createTrigger(request);
  return vault;
}
