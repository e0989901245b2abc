/**
 * Says in lines what a permission allows, for an owner to read before signing.
 *
 * Pure. Amounts stay in base units: who signs should not have to trust our decimals. A caveat that
 * is not understood is said so: don't sign a permission that has one.
 */
import { zeroAddress } from "viem";
import type { Address } from "../names.ts";
import { type ArgConstraint, maxWord } from "./our-terms.ts";
import { type KnownEnforcers, type RawCaveat, type ReadCaveat, readCaveat } from "./read-caveat.ts";

/** The lines of a permission, one or more for each caveat, in order. */
export function describePermission(
  permission: {
    readonly delegate: string;
    readonly delegator: string;
    readonly caveats: readonly RawCaveat[];
  },
  enforcers: KnownEnforcers,
): readonly string[] {
  const { delegate, delegator, caveats } = permission;
  return [
    `${delegate} may act for ${delegator}`,
    ...caveats.flatMap((caveat) => lines(readCaveat(caveat, enforcers))),
  ];
}

function lines(caveat: ReadCaveat): readonly string[] {
  switch (caveat.kind) {
    case "targets":
      return [`calls only to ${caveat.targets.join(" or ")}`];
    case "methods":
      return [`only the functions ${caveat.selectors.join(" or ")}`];
    case "calldata":
      return [`call data from byte ${caveat.start} is ${caveat.value}`];
    case "nativePeriod":
      return [`sends at most ${caveat.limit} of the native coin per ${fixed(caveat)}`];
    case "erc20Period":
      return [`transfers at most ${caveat.limit} of ${caveat.token} per ${fixed(caveat)}`];
    case "timestamp": {
      const after = caveat.after === 0 ? [] : [`only after ${time(caveat.after)}`];
      return caveat.before === 0 ? after : [...after, `only before ${time(caveat.before)}`];
    }
    case "redeemer":
      return [`used only by ${caveat.redeemers.join(" or ")}`];
    case "nonce":
      return [`ends when the account's kill switch leaves ${caveat.nonce}`];
    case "windowSpend": {
      const { limit, token, seconds } = caveat;
      return [`at most ${limit} of ${nameOf(token)} leaves in any ${seconds} s`];
    }
    case "argRange":
      return caveat.constraints.map(constraintLine);
    case "fairSwap": {
      const tokens = caveat.assets.map(({ token }) => nameOf(token)).join(", ");
      return [`loses at most ${caveat.lossBps} basis points, at the feeds' prices of ${tokens}`];
    }
    case "anyOf":
      return caveat.groups.flatMap((group, index) => [
        `either ${index + 1}:`,
        ...group.flatMap(lines).map((line) => `  ${line}`),
      ]);
    case "unknown":
      return [`NOT UNDERSTOOD: a condition of ${caveat.enforcer}`];
  }
}

function constraintLine(constraint: ArgConstraint): string {
  const subject =
    constraint.about === "word"
      ? `argument word ${constraint.word}`
      : constraint.about === "value"
        ? "native value"
        : "length of the call data";
  if ("oneOf" in constraint) return `${subject} is ${constraint.oneOf.map(hex).join(" or ")}`;
  const { min, max } = constraint;
  return `${subject} is at least ${min}${max === maxWord ? "" : ` and at most ${max}`}`;
}

function hex(word: bigint): string {
  return `0x${word.toString(16)}`;
}

function fixed({ seconds, start }: { readonly seconds: number; readonly start: number }): string {
  return `${seconds} s, counted from ${time(start)}`;
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function nameOf(token: Address): string {
  return token === zeroAddress ? "the native coin" : token;
}
