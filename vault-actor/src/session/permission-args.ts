/**
 * Chooses what a redemption hands to each caveat's enforcer beside its terms: for a caveat
 * with groups, which of them the call fits. Pure.
 *
 * It reads the permission itself, so it works for every permission that an owner installs.
 */
import { createLogicalOrWrapperArgs } from "@metamask/delegation-core";
import { type Hex, hexToBigInt, size, slice } from "viem";
import type { Address } from "#protocol/names";
import type { ArgConstraint } from "#protocol/permission/our-terms";
import { type KnownEnforcers, type ReadCaveat, readCaveat } from "#protocol/permission/read-caveat";
import type { Permission } from "./session.ts";

/** The call that is redeemed. */
export type RedeemedCall = { readonly target: Address; readonly value: bigint; readonly data: Hex };

/**
 * The `args` of each caveat, in order. Where no group fits, the nearest is named: the chain then
 * refuses in its own words.
 */
export function argsFor(
  permission: Permission,
  call: RedeemedCall,
  enforcers: KnownEnforcers,
): readonly Hex[] {
  return permission.caveats.map((caveat) => {
    const read = readCaveat(caveat, enforcers);
    if (read.kind !== "anyOf") return "0x";
    const index = nearest(read.groups, call);
    return createLogicalOrWrapperArgs({
      groupIndex: BigInt(index),
      caveatArgs: (read.groups[index] ?? []).map(() => new Uint8Array()),
    }) as Hex;
  });
}

/** The first group of those with the longest run of conditions that let the call through. */
function nearest(groups: readonly (readonly ReadCaveat[])[], call: RedeemedCall): number {
  const passed = groups.map((group) => {
    const refuses = group.findIndex((one) => !passes(one, call));
    return refuses === -1 ? Infinity : refuses;
  });
  return Math.max(passed.indexOf(Math.max(...passed)), 0);
}

/** Whether a stateless condition lets a call through. What needs the chain is taken to. */
function passes(caveat: ReadCaveat, call: RedeemedCall): boolean {
  const { target, value, data } = call;
  switch (caveat.kind) {
    case "targets":
      return caveat.targets.includes(target);
    case "methods":
      return caveat.selectors.includes(data.slice(0, 10) as Hex);
    case "calldata": {
      const end = caveat.start + size(caveat.value);
      return size(data) >= end && part(data, caveat.start, end) === caveat.value.toLowerCase();
    }
    case "argRange":
      return caveat.constraints.every((constraint) => holds(constraint, value, data));
    case "erc20Period":
      return caveat.token === target;
    default:
      return true;
  }
}

function holds(constraint: ArgConstraint, value: bigint, data: Hex): boolean {
  const subject = subjectOf(constraint, value, data);
  if (subject === undefined) return false;
  if ("oneOf" in constraint) return constraint.oneOf.includes(subject);
  return subject >= constraint.min && subject <= constraint.max;
}

function subjectOf(constraint: ArgConstraint, value: bigint, data: Hex): bigint | undefined {
  if (constraint.about !== "word") return constraint.about === "value" ? value : BigInt(size(data));
  const start = 4 + 32 * constraint.word;
  return size(data) < start + 32 ? undefined : hexToBigInt(slice(data, start, start + 32));
}

function part(data: Hex, start: number, end: number): string {
  return slice(data, start, end).toLowerCase();
}
