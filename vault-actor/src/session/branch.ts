/**
 * Reads what a permission lets through on chain, out of its caveats' own terms. Pure.
 *
 * A branch is one way through a permission: all conditions that hold at once. A permission with
 * groups has a branch for each group; nothing passes but through a branch.
 */
import type { Hex } from "viem";
import type { Address } from "#protocol/names";
import type { ArgConstraint } from "#protocol/permission/our-terms";
import { type KnownEnforcers, type ReadCaveat, readCaveat } from "#protocol/permission/read-caveat";
import type { Permission } from "./session.ts";

/** Conditions that all hold. */
export type Branch = readonly ReadCaveat[];

/** What holds for every call. */
export function commonOf(permission: Permission, enforcers: KnownEnforcers): Branch {
  return read(permission, enforcers).filter(({ kind }) => kind !== "anyOf");
}

/** The ways through a permission, in the order of its groups. */
export function branchesOf(permission: Permission, enforcers: KnownEnforcers): readonly Branch[] {
  return read(permission, enforcers).reduce<readonly Branch[]>(
    (branches, caveat) =>
      caveat.kind === "anyOf"
        ? branches.flatMap((branch) => caveat.groups.map((group) => [...branch, ...group]))
        : branches.map((branch) => [...branch, caveat]),
    [[]],
  );
}

function read({ caveats }: Permission, enforcers: KnownEnforcers): readonly ReadCaveat[] {
  return caveats.map((caveat) => readCaveat(caveat, enforcers));
}

/** The targets that a branch is bound to. `undefined`: to none. */
export function targetsOf(branch: Branch): readonly Address[] | undefined {
  const lists = branch.flatMap((one) => (one.kind === "targets" ? [one.targets] : []));
  return intersection(lists);
}

/** The selectors that a branch is bound to, `0x` for no data. `undefined`: to none. */
export function selectorsOf(branch: Branch): readonly Hex[] | undefined {
  const isEmpty = constraintsOf(branch).some((one) => one.about === "length" && one.max === 0n);
  if (isEmpty) return ["0x"];
  return intersection(branch.flatMap((one) => (one.kind === "methods" ? [one.selectors] : [])));
}

/** What a branch says about arguments, value and length. */
export function constraintsOf(branch: Branch): readonly ArgConstraint[] {
  return branch.flatMap((one) => (one.kind === "argRange" ? one.constraints : []));
}

/** Whether a branch could let a call with this target and selector through. */
export function admits(branch: Branch, target: Address, selector: Hex): boolean {
  return (
    targetsOf(branch)?.includes(target) !== false &&
    selectorsOf(branch)?.includes(selector) !== false
  );
}

function intersection<T>(lists: readonly (readonly T[])[]): readonly T[] | undefined {
  const [first, ...others] = lists;
  return first?.filter((item) => others.every((other) => other.includes(item)));
}
