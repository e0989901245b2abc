/** Writes approvals for the wire. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Approval_State,
  type Approval as ApprovalMessage,
  ApprovalSchema,
} from "#gen/vault/v1/approval";
import type { Intent } from "#gen/vault/v1/intent";
import { childName } from "#protocol/names";
import { toFlow } from "../execution/flow-wire.ts";
import type { Approval } from "./approval.ts";

/** Writes an approval. What owners sign is built from this very message. */
export function toApprovalMessage(
  vaultId: string,
  approval: Approval,
  intent: Intent | undefined,
): ApprovalMessage {
  const { decidedMs } = approval;
  return create(ApprovalSchema, {
    name: childName(vaultId, "approvals", approval.approvalId),
    execution: childName(vaultId, "executions", approval.approvalId),
    ...(intent === undefined ? {} : { intent }),
    summary: approval.summary,
    state: Approval_State[approval.state],
    requester: approval.requester,
    expireTime: timestampFromMs(approval.expireMs),
    createTime: timestampFromMs(approval.createdMs),
    rules: [...approval.rules],
    spends: approval.spends.map(toFlow),
    receives: approval.receives.map(toFlow),
    recipients: [...approval.recipients],
    maxWorseningBps: approval.maxWorseningBps,
    ...(decidedMs === undefined ? {} : { decideTime: timestampFromMs(decidedMs) }),
  });
}
