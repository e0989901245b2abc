/** A kind of test that is in the contract and not served yet. Pure. */
import { Verdict } from "#gen/trigger/v1/trigger";
import { refuse } from "#protocol/failure";
import type { LeafKind } from "../leaf-kind.ts";

/** Refuses every test of the kind. */
export function unserved<T>(name: string, shape: LeafKind<T>["shape"]): LeafKind<T> {
  const feature = `Condition.${name}`;
  return {
    shape,
    check: () =>
      refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature }),
    depends: () => [],
    maxAgeMs: () => undefined,
    compile: () => () => ({
      verdict: Verdict.UNKNOWN,
      explain: () => "not served by this release",
      ageMs: 0,
    }),
  };
}
