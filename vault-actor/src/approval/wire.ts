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
import type { Flow } from "../execution/act.ts";
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

function toFlow({ asset, amount, microUsd }: Flow) {
  return { asset, amount: String(amount), usd: microUsd === undefined ? "" : usdText(microUsd) };
}

/** Millionths of a US dollar as dollars: base 10, at most 6 decimals, none that say nothing. */
export function usdText(microUsd: bigint): string {
  const digits = String(microUsd).padStart(7, "0");
  const fraction = digits.slice(-6).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, -6) : `${digits.slice(0, -6)}.${fraction}`;
}
