/** What the service methods share: the vault's modules and small steps of every method. */
import type { HandlerContext } from "@connectrpc/connect";
import { toConnectError } from "#protocol/errors";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Account, idOf, parseAccount, vaultIdOf } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type Call, callKey } from "./call.ts";

/** The call that a handler serves. The front door always sets it. */
export function callOf(context: HandlerContext): Call {
  const call = context.values.get(callKey);
  if (call === undefined) throw new Error("no call in the handler's context");
  return call;
}

/** The account of the called vault. */
export function accountOf(call: Call): Account {
  const account = parseAccount(call.vaultId);
  if (account === undefined) throw new Error("the vault has no account");
  return account;
}

/** Takes the value of a result, or throws its refusal as the error on the wire. */
export function orThrow<T>(result: Result<T, Failure>): T {
  if (result.ok) return result.value;
  throw toConnectError(result.error, "VAULT");
}

/** Checks that a name is of the called vault. Returns the resource's own id. */
export function ownName(call: Call, name: string, field = "name"): string {
  if (vaultIdOf(name) === call.vaultId) return idOf(name);
  const detail = "the name is of another vault than the call was signed for";
  throw toConnectError({ reason: "VAULT_MISMATCH", detail, metadata: { field } }, "VAULT");
}

/** The refusal for a resource that is not there. */
export function notFound(name: string) {
  return refuse("NOT_FOUND", "no such resource in this vault", { name });
}

/** Checks the version that a change builds on. */
export function checkVersion(expected: bigint, actual: number): Result<void, Failure> {
  if (expected === BigInt(actual)) return ok(undefined);
  return refuse("VERSION_CONFLICT", "the resource changed since it was read", {
    expected: String(expected),
    actual: String(actual),
  });
}

/** The refusal for what the contract has and this release does not. */
export function unavailable(feature: string) {
  return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
}
