/** Writes changes of the policy for the wire. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  PolicyChange_State,
  type PolicyChange as PolicyChangeMessage,
  PolicyChangeSchema,
} from "#gen/vault/v1/policy_change";
import { childName } from "#protocol/names";
import { type PolicyChange, voidBecause } from "./change.ts";
import { named } from "./wire.ts";

/** The name of a change. */
export function changeName(vaultId: string, changeId: string): string {
  return childName(vaultId, "policyChanges", changeId);
}

/** Writes a change. One that waits and can't come into force any more is superseded. */
export function toChangeMessage(
  vaultId: string,
  change: PolicyChange,
  now: { readonly version: number; readonly epoch: number },
): PolicyChangeMessage {
  const isVoid = change.state === "PENDING" && voidBecause(change, now) !== undefined;
  return create(PolicyChangeSchema, {
    name: changeName(vaultId, change.changeId),
    policy: named(change.policy, vaultId, change.expectedVersion + 1),
    expectedVersion: BigInt(change.expectedVersion),
    state: PolicyChange_State[isVoid ? "SUPERSEDED" : change.state],
    loosened: [...change.loosened],
    effectiveTime: timestampFromMs(change.effectiveMs),
    createTime: timestampFromMs(change.createdMs),
    ...(change.endedMs === undefined ? {} : { endTime: timestampFromMs(change.endedMs) }),
  });
}
