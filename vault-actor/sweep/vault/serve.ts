/** Hands a request to the real methods of triggers, as the front door does once it is verified. */
import { create } from "@bufbuild/protobuf";
import { createContextValues, type HandlerContext } from "@connectrpc/connect";
import {
  CreateTriggerRequestSchema,
  DeleteTriggerRequestSchema,
  PauseTriggerRequestSchema,
  ResumeTriggerRequestSchema,
  UpdateTriggerRequestSchema,
} from "#gen/trigger/v1/trigger_messages";
import { callKey } from "../../src/service/call.ts";
import type { triggerMethods } from "../../src/service/trigger-methods.ts";
import type { Database } from "../../src/storage/database.ts";
import { vaultId } from "./base.ts";
import { callOf } from "./call.ts";
import type { OwnerRequest } from "./owner.ts";

/** A request that changes something. */
export type ChangeRequest = Exclude<OwnerRequest, { kind: "ask" }>;

/** Creates what serves requests. It returns the trigger's id. */
export function createServe(
  methods: ReturnType<typeof triggerMethods>,
  db: Database,
  newId: () => string,
) {
  return async (request: ChangeRequest, ownMs: number): Promise<string> => {
    const { requestId } = request;
    const values = createContextValues().set(callKey, callOf(db, ownMs, requestId, newId()));
    const context = { values } as HandlerContext;
    const parent = `vaults/${vaultId}`;
    if (request.kind === "create") {
      const { trigger } = request;
      const init = { parent, requestId, trigger };
      const answer = await methods.createTrigger(create(CreateTriggerRequestSchema, init), context);
      return idOf(answer.trigger?.name ?? "");
    }
    const { triggerId } = request;
    const name = `${parent}/triggers/${triggerId}`;
    const named = { name, requestId };
    switch (request.kind) {
      case "update": {
        const trigger = { ...request.trigger, name };
        const init = { requestId, trigger, expectedVersion: 1n };
        await methods.updateTrigger(create(UpdateTriggerRequestSchema, init), context);
        return triggerId;
      }
      case "pause":
        await methods.pauseTrigger(create(PauseTriggerRequestSchema, named), context);
        return triggerId;
      case "resume":
        await methods.resumeTrigger(create(ResumeTriggerRequestSchema, named), context);
        return triggerId;
      default:
        await methods.deleteTrigger(create(DeleteTriggerRequestSchema, named), context);
        return triggerId;
    }
  };
}

function idOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
