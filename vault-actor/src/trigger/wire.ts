/** Translates between the contract's messages and the trigger model. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Trigger_State,
  type Trigger as TriggerMessage,
  TriggerSchema,
} from "#gen/trigger/v1/trigger";
import { childName } from "#protocol/names";
import type { Trigger } from "./trigger.ts";

/** Keeps what the owner wrote: the rest of the message is the vault's to say. */
export function bodyOf(message: TriggerMessage): TriggerMessage {
  const { displayName, condition, intent, firePolicy, restriction } = message;
  return create(TriggerSchema, {
    displayName,
    ...(condition === undefined ? {} : { condition }),
    ...(intent === undefined ? {} : { intent }),
    ...(firePolicy === undefined ? {} : { firePolicy }),
    ...(restriction === undefined ? {} : { restriction }),
  });
}

/** Encodes a body for storage. */
export function encodeBody(body: TriggerMessage): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toBinary(TriggerSchema, body));
}

/** Decodes a stored body. */
export function decodeBody(bytes: Uint8Array): TriggerMessage {
  return fromBinary(TriggerSchema, bytes);
}

/** Writes a trigger. `nextMs` is when the vault looks at the world next. */
export function toTriggerMessage(
  vaultId: string,
  trigger: Trigger,
  nextMs: number | undefined,
): TriggerMessage {
  const { state, progress, verdict } = trigger.standing;
  const watched = state === "ACTIVE" && nextMs !== undefined;
  return create(TriggerSchema, {
    ...trigger.body,
    name: childName(vaultId, "triggers", trigger.triggerId),
    state: Trigger_State[state],
    version: BigInt(trigger.version),
    fireCount: BigInt(progress.fireCount),
    ...(progress.lastFireMs === undefined
      ? {}
      : { lastFireTime: timestampFromMs(progress.lastFireMs) }),
    lastVerdict: verdict,
    ...(watched ? { nextEvaluationTime: timestampFromMs(nextMs) } : {}),
    creatorKeyId: trigger.creatorKeyId,
    createTime: timestampFromMs(trigger.createdMs),
    updateTime: timestampFromMs(trigger.updatedMs),
  });
}
