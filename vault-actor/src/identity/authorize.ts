/** Decides whether a key may call a method. Pure. */
import type { MethodAccess } from "#protocol/access";
import { scopeText } from "#protocol/access";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { CallerKey } from "./key.ts";

/**
 * Permits a call, or says which scope is missing. What owners or members prove in the body is
 * permitted here and decided by its method.
 */
export function authorize(access: MethodAccess, key: CallerKey | undefined): Result<void, Failure> {
  if (access.kind !== "key" || holdsScope(access, key)) return ok(undefined);
  const scope = scopeText(access.scope);
  return refuse("SCOPE_MISSING", `the key lacks the scope ${scope}`, { scope });
}

/** Whether the key holds the scope that the method asks for. */
export function holdsScope(access: MethodAccess, key: CallerKey | undefined): boolean {
  return "scope" in access && key?.scopes.has(access.scope) === true;
}

/** Whether a key may call that no grant names, because the call carries another proof. */
export function admitsStrangers(access: MethodAccess): boolean {
  return access.kind === "owner" || access.kind === "keyOrMember";
}
