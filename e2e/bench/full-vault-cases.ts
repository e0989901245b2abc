/** Calls to a vault that is nearly full of triggers. */
import {
  CreateTriggerRequestSchema,
  ListTriggersRequestSchema,
} from "#gen/trigger/v1/trigger_messages";
import { type LiveVault, requestId } from "../scenario/vault.ts";
import type { Case } from "./case.ts";
import { compositeTrigger } from "./composite.ts";
import { door } from "./doors.ts";
import { signedShots } from "./signed-shots.ts";

/** The cases. The vault holds 990 triggers before each that is created. */
export function fullVaultCases(full: LiveVault): readonly Case[] {
  const created = signedShots(
    "metavault.trigger.v1.TriggerService/CreateTrigger",
    CreateTriggerRequestSchema,
    () => full,
    ({ name, stack }) => ({
      parent: name,
      requestId: requestId(),
      trigger: compositeTrigger(stack, 0),
    }),
  );
  return [
    {
      name: "CreateTrigger, 990 there",
      floor: "object with one write",
      atOnce: 1,
      perRound: 40,
      shots: async (count) =>
        (await created(count)).map((shot) => ({ ...shot, before: [door(full, "trim")] })),
    },
    {
      name: "ListTriggers, 50 of 990",
      floor: "hello object",
      atOnce: 8,
      perRound: 40,
      shots: signedShots(
        "metavault.trigger.v1.TriggerService/ListTriggers",
        ListTriggersRequestSchema,
        () => full,
        ({ name }) => ({ parent: name, pageSize: 50 }),
      ),
    },
  ];
}
