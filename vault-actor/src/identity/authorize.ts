/** Decides whether a key may call a method. Pure. */
import type { MethodAccess } from "#protocol/access";
import { scopeText } from "#protocol/access";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { CallerKey } from "./key.ts";

/** Permits a call, or says which scope is missing. Owner methods are proved in their body. */
export function authorize(access: MethodAccess, key: CallerKey | undefined): Result<void, Failure> {
  if (access.kind !== "key") return ok(undefined);
  if (key?.scopes.has(access.scope) === true) return ok(undefined);
  const scope = scopeText(access.scope);
  return refuse("SCOPE_MISSING", `the key lacks the scope ${scope}`, { scope });
}
