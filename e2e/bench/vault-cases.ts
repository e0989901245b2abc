/** The floors, a read and a change. */
import { CreateTriggerRequestSchema } from "#gen/trigger/v1/trigger_messages";
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { protectedVault } from "../scenario/protected-vault.ts";
import { claimVault, type LiveVault, protectTrigger, requestId } from "../scenario/vault.ts";
import type { Stack } from "../stack/stack.ts";
import type { Case } from "./case.ts";
import { signedShots } from "./signed-shots.ts";

/** The least that a Worker, an object, and an object with one write cost. */
export function floorCases(stack: Stack): readonly Case[] {
  const url = `http://127.0.0.1:${stack.ports.direct}`;
  const body = new TextEncoder().encode("x".repeat(120));
  const floor = (name: string, path: string): Case => ({
    name,
    floor: name,
    atOnce: 8,
    shots: async (count) =>
      Array.from({ length: count }, () => ({ url: `${url}${path}`, headers: {}, body })),
  });
  return [
    floor("hello Worker", "/hello"),
    floor("hello object", "/object"),
    floor("object with one write", "/write"),
  ];
}

/** One vault that is read, and 32 vaults in turns that are changed. */
export async function vaultCases(stack: Stack): Promise<readonly Case[]> {
  const reader = await claimVault(stack, "1");
  const writers = await Promise.all(Array.from({ length: 32 }, () => protectedVault(stack)));
  let written = 0;
  return [
    {
      name: "GetVault",
      floor: "hello object",
      atOnce: 8,
      shots: signedShots(
        "metavault.vault.v1.VaultService/GetVault",
        GetVaultRequestSchema,
        () => reader,
        ({ name }) => ({ name }),
      ),
    },
    {
      name: "CreateTrigger",
      floor: "object with one write",
      atOnce: 8,
      shots: signedShots(
        "metavault.trigger.v1.TriggerService/CreateTrigger",
        CreateTriggerRequestSchema,
        () => writers[written++ % writers.length] as LiveVault,
        ({ name }) => ({ parent: name, requestId: requestId(), trigger: protectTrigger(stack) }),
      ),
    },
  ];
}
