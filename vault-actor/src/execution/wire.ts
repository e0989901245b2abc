/** Writes executions for the wire. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { EnforcedBy, ErrorReason } from "#gen/error/v1/error";
import {
  Execution_Attempt_Kind,
  Execution_State,
  type Execution as ExecutionMessage,
  ExecutionSchema,
} from "#gen/vault/v1/execution";
import { childName } from "#protocol/names";
import type { Spend } from "../policy/usage.ts";
import type { Attempt } from "./attempt.ts";
import type { Delivery } from "./effect/delivery.ts";
import type { Execution, ExecutionLimit } from "./execution.ts";
import { usdText } from "./flow-wire.ts";
import { maxFeeOf } from "./user-operation.ts";

/** Writes an execution with what it spends and the operations that were signed for it. */
export function toExecutionMessage(
  vaultId: string,
  execution: Execution,
  spends: readonly Spend[],
  attempts: readonly Attempt[],
  delivery?: Delivery,
): ExecutionMessage {
  const { cause, signed, inclusion, failure, fee } = execution;
  const planned = attempts.findLast(({ judged }) => judged !== undefined)?.judged?.operation.spends;
  const worthOf = (asset: string) => planned?.find((one) => one.asset === asset)?.microUsd;
  return create(ExecutionSchema, {
    name: childName(vaultId, "executions", execution.executionId),
    intent: execution.intent,
    cause: {
      cause:
        cause.kind === "FIRING"
          ? { case: "firing", value: cause.firing }
          : { case: "keyId", value: cause.keyId },
    },
    state: Execution_State[execution.state],
    session: signed === undefined ? "" : childName(vaultId, "sessions", signed.sessionId),
    userOperationHash: execution.landedHash ?? signed?.hash ?? "",
    transactionHash: inclusion?.transactionHash ?? "",
    blockNumber: BigInt(inclusion?.blockNumber ?? 0),
    spends: spends.map(({ asset, reserved, settled, state }) => ({
      asset,
      reserved: String(reserved),
      settled: state === "RELEASED" ? "0" : settled === undefined ? "" : String(settled),
      reservedUsd: usdText(worthOf(asset)),
    })),
    fee: fee === undefined ? "" : String(fee),
    ...(failure === undefined
      ? {}
      : {
          failure: {
            reason: ErrorReason[failure.reason],
            enforcedBy: EnforcedBy[failure.enforcedBy],
            detail: failure.detail,
          },
        }),
    limits: toLimits(execution.limits),
    sendCount: execution.sendCount,
    attempts: attempts.map(({ hash, kind, userOperation, signedMs }) => ({
      userOperationHash: hash,
      kind: Execution_Attempt_Kind[kind],
      maxFeePerGas: String(BigInt(userOperation.maxFeePerGas)),
      maxFee: String(maxFeeOf(userOperation)),
      signTime: timestampFromMs(signedMs),
    })),
    approval:
      execution.approvalId === undefined
        ? ""
        : childName(vaultId, "approvals", execution.approvalId),
    ...(delivery === undefined ? {} : { delivery: toDelivery(delivery) }),
    createTime: timestampFromMs(execution.createdMs),
    ...timeField("signTime", execution.signedMs),
    ...timeField("sendTime", execution.sentMs),
    ...timeField("includeTime", execution.includedMs),
    ...timeField("finalTime", execution.finalMs),
  });
}

/** Writes the limits that apply. */
export function toLimits(limits: readonly ExecutionLimit[]) {
  return limits.map(({ rule, enforcedBy }) => ({
    rule,
    enforcedBy: enforcedBy.map((enforcer) => EnforcedBy[enforcer]),
  }));
}

function toDelivery({ attemptCount, lastStatus, nextMs }: Delivery) {
  return { attemptCount, lastStatus, ...timeField("nextAttemptTime", nextMs) };
}

function timeField(name: string, ms: number | undefined) {
  return ms === undefined ? {} : { [name]: timestampFromMs(ms) };
}
