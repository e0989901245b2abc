/**
 * Reads who may call a method, from its option in the contract.
 *
 * Pure. A method without the option is refused by the contract's test, never served.
 */
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Access, access, Scope } from "#gen/access/v1/access";

/** A scope as spelled in the contract, without its prefix: `"TRIGGER_WRITE"`. */
export type ScopeName = Exclude<keyof typeof Scope, "UNSPECIFIED">;

/** Who may call a method. */
export type MethodAccess =
  | { readonly kind: "public" }
  | { readonly kind: "key"; readonly scope: ScopeName }
  | { readonly kind: "keyOrMember"; readonly scope: ScopeName }
  | { readonly kind: "owner" }
  /** A key that the deployment enrolled with the service itself. */
  | { readonly kind: "serviceKey" };

/** Returns who may call `method`. Throws when the contract does not say. */
export function accessOf(method: DescMethod): MethodAccess {
  if (!hasOption(method, access)) throw new Error(`${pathOf(method)} has no access option`);
  const option = getOption(method, access);
  if (option.access === Access.PUBLIC) return { kind: "public" };
  if (option.access === Access.OWNER) return { kind: "owner" };
  if (option.access === Access.SERVICE_KEY) return { kind: "serviceKey" };
  const scope = scopeName(option.scope);
  const kinds = { [Access.KEY]: "key", [Access.KEY_OR_MEMBER]: "keyOrMember" } as const;
  const kind = kinds[option.access as keyof typeof kinds];
  if (kind === undefined || scope === undefined) {
    throw new Error(`${pathOf(method)} has a malformed access option`);
  }
  return { kind, scope };
}

/** Spells a scope of the wire: `"TRIGGER_WRITE"`. */
export function scopeName(scope: number): ScopeName | undefined {
  const names = Object.keys(Scope) as (keyof typeof Scope)[];
  const name = names.find((name) => Scope[name] === scope);
  return name === undefined || name === "UNSPECIFIED" ? undefined : name;
}

/** Spells a scope for people and for what owners sign: `"trigger.write"`. */
export function scopeText(scope: ScopeName): string {
  return scope.toLowerCase().replace("_", ".").replaceAll("_", "-");
}

/** Whether a method has no side effects, and so stores no nonce. */
export function isRead(method: DescMethod): boolean {
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}

/** The HTTP path of a method. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** All methods of `services`, by HTTP path. */
export function methodsByPath(services: readonly DescService[]): ReadonlyMap<string, DescMethod> {
  return new Map(
    services.flatMap((service) => service.methods.map((m) => [pathOf(m), m] as const)),
  );
}
