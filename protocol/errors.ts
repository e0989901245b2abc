/**
 * Builds and reads the errors that a call can fail with.
 *
 * Every failure on the wire goes through the one table below, so the code always matches
 * the reason, the typed detail is always attached, and the cause stays on this side.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import {
  EnforcedBy,
  type ErrorInfo,
  ErrorInfoSchema,
  ErrorReason,
  Retry,
} from "#gen/error/v1/error";
import type { Failure, Reason } from "./failure.ts";

type Row = { readonly code: Code; readonly retry: "never" | "later"; readonly next: string };

const never = (code: Code, next: string): Row => ({ code, retry: "never", next });
const later = (code: Code, next: string): Row => ({ code, retry: "later", next });

/** A reason that is added to the contract fails to compile until it has a row. */
const table = {
  FIELD_INVALID: never(Code.InvalidArgument, "Correct the named field."),
  BODY_MALFORMED: never(
    Code.InvalidArgument,
    "Send a message of this method in the format that the content type names.",
  ),
  BODY_TOO_LARGE: never(Code.ResourceExhausted, "Send a smaller message."),
  CONTENT_TYPE_UNSUPPORTED: never(
    Code.InvalidArgument,
    "Use Connect or gRPC-Web with protobuf or JSON, uncompressed, by POST; GET for public reads.",
  ),
  METHOD_UNKNOWN: never(Code.Unimplemented, "Check the service and method against the contract."),
  FEATURE_UNAVAILABLE: never(
    Code.Unimplemented,
    "See docs/status.md for what this release serves.",
  ),
  HEADER_INVALID: never(Code.InvalidArgument, "Send the named header once, well formed."),
  DEADLINE_EXCEEDED: later(
    Code.DeadlineExceeded,
    "Try again with a new signature and the same request id.",
  ),
  PAGE_TOKEN_INVALID: never(Code.InvalidArgument, "Start the list again without a page token."),
  PROOF_REJECTED: never(
    Code.Unauthenticated,
    "Sign the call anew with an enrolled key, profile metavault-v1.",
  ),
  SCOPE_MISSING: never(Code.PermissionDenied, "Ask an owner to grant a key with the named scope."),
  OWNER_PROOF_REJECTED: never(
    Code.PermissionDenied,
    "Have the owners sign exactly this act again.",
  ),
  RATE_LIMITED: later(Code.ResourceExhausted, "Slow down and try again."),
  VAULT_UNCLAIMED: never(
    Code.FailedPrecondition,
    "Have the account's owner claim the vault first.",
  ),
  VAULT_CLAIMED: never(Code.AlreadyExists, "Use the vault with a key that its owners granted."),
  VAULT_FROZEN: never(Code.FailedPrecondition, "Have the owners lift the freeze."),
  VAULT_MISMATCH: never(Code.InvalidArgument, "Name the vault that the Metavault-Id header names."),
  NOT_FOUND: never(Code.NotFound, "List the resources to find its name."),
  ALREADY_EXISTS: never(Code.AlreadyExists, "Use the existing resource, or another id."),
  VERSION_CONFLICT: never(
    Code.Aborted,
    "Read the resource again and build on its present version.",
  ),
  REQUEST_ID_REUSED: never(Code.AlreadyExists, "Use a new request id for a new request."),
  QUOTA_EXCEEDED: never(Code.ResourceExhausted, "Remove what is no longer needed."),
  STATE_REFUSED: never(Code.FailedPrecondition, "Read the resource's state."),
  POLICY_REFUSED: never(
    Code.FailedPrecondition,
    "Have the owners change the policy, or stay within it.",
  ),
  LIMIT_EXCEEDED: never(
    Code.FailedPrecondition,
    "Ask for less, wait for the window, or have the owners change the limit.",
  ),
  SESSION_MISSING: never(
    Code.FailedPrecondition,
    "Create a session and have the owner install its permission.",
  ),
  PERMISSION_INVALID: never(
    Code.InvalidArgument,
    "Have the owner sign a delegation as InstallSession asks for.",
  ),
  CHAIN_UNSUPPORTED: never(Code.InvalidArgument, "Use a chain that this deployment configures."),
  CHAIN_UNAVAILABLE: later(Code.Unavailable, "Try again in a moment."),
  CHAIN_REFUSED: never(
    Code.FailedPrecondition,
    "Compare the operation with the permission on chain.",
  ),
  PRICE_UNFIT: later(
    Code.FailedPrecondition,
    "Wait until the oracles are fresh and agree, or have the owners change the rule.",
  ),
  DELIVERY_FAILED: later(Code.FailedPrecondition, "Have the receiver answer with a status of 2xx."),
  CONDITION_INVALID: never(Code.InvalidArgument, "Correct the condition as the hint says."),
  SERIES_UNKNOWN: never(Code.InvalidArgument, "List the series to find its id."),
  UNIT_MISMATCH: never(Code.InvalidArgument, "Use the series' own unit."),
  SIGNALS_UNAVAILABLE: later(Code.Unavailable, "Try again in a moment."),
  UNAVAILABLE: later(Code.Unavailable, "Try again in a moment."),
  INTERNAL: later(Code.Internal, "Try again; report it if it stays."),
} as const satisfies Record<Reason, Row>;

/** Who refused, as spelled in the contract. */
export type Enforcer = Exclude<keyof typeof EnforcedBy, "UNSPECIFIED">;

/** Turns a refusal into the typed detail of the contract. */
export function errorInfo(
  failure: Failure,
  enforcedBy: Enforcer,
): Omit<ErrorInfo, "$typeName" | "$unknown"> {
  const row: Row = table[failure.reason];
  const after = failure.retryAfterMs;
  return {
    reason: ErrorReason[failure.reason],
    metadata: { ...failure.metadata },
    retry: row.retry === "later" ? Retry.LATER : Retry.NEVER,
    ...(after === undefined ? {} : { retryAfter: durationOf(after) }),
    nextStep: row.next,
    enforcedBy: EnforcedBy[enforcedBy],
  };
}

/** Creates the error for a refusal. `cause` is for the log and never sent. */
export function toConnectError(
  failure: Failure,
  enforcedBy: Enforcer,
  cause?: unknown,
): ConnectError {
  const detail = { desc: ErrorInfoSchema, value: errorInfo(failure, enforcedBy) };
  return new ConnectError(failure.detail, table[failure.reason].code, undefined, [detail], cause);
}

/** Creates the error for our own fault. The cause is for the log and never sent. */
export function internalError(enforcedBy: Enforcer, cause: unknown): ConnectError {
  return toConnectError(
    { reason: "INTERNAL", detail: "internal error", metadata: {} },
    enforcedBy,
    cause,
  );
}

/** Reads the typed detail of a failed call. `undefined` when the error is not one of ours. */
export function errorInfoOf(error: unknown): ErrorInfo | undefined {
  return ConnectError.from(error).findDetails(ErrorInfoSchema)[0];
}

/** Reads the reason of a failed call. `undefined` when the error is not one of ours. */
export function reasonOf(error: unknown): Reason | undefined {
  const info = errorInfoOf(error);
  return info === undefined ? undefined : reasonName(info.reason);
}

/** Spells a reason of the wire. `undefined` for one that this release does not know. */
export function reasonName(reason: number): Reason | undefined {
  return (Object.keys(table) as Reason[]).find((name) => ErrorReason[name] === reason);
}

function durationOf(ms: number) {
  const whole = Math.floor(ms / 1000);
  return {
    $typeName: "google.protobuf.Duration" as const,
    seconds: BigInt(whole),
    nanos: Math.round((ms - whole * 1000) * 1e6),
  };
}
