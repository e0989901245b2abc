/** Reads a condition once, so that evaluating it again and again parses nothing. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { Condition } from "#gen/trigger/v1/condition";
import type { Account } from "#protocol/names";
import type { Dependency, LeafTest } from "./leaf-kind.ts";
import { leafOf } from "./leaves.ts";
import { childrenOf, fieldName, join } from "./tree.ts";

/** A node of a compiled condition. */
export type Node = {
  /** As `Evaluation.path` has it. */
  readonly path: string;
  readonly children: readonly Node[];
  /** The shortest maximum age of the inputs below. `Infinity`: there is none. */
  readonly maxAgeMs: number;
  /** All that is looked at below. */
  readonly depends: readonly Dependency[];
} & (
  | { readonly kind: "leaf"; readonly test: LeafTest }
  | { readonly kind: "atLeast"; readonly count: number }
  | { readonly kind: "not" }
  | { readonly kind: "heldFor"; readonly durationMs: number }
  | { readonly kind: "sequence"; readonly withinMs: number }
);

/** Compiles the tree below `condition`. `account` is the vault's own. */
export function compile(condition: Condition, account: Account, path = ""): Node {
  const { test } = condition;
  const name = join(path, fieldName(test.case ?? "unset"));
  const leaf = leafOf(condition);
  if (leaf !== undefined) {
    return {
      kind: "leaf",
      path: name,
      children: [],
      maxAgeMs: leaf.maxAgeMs() ?? Number.POSITIVE_INFINITY,
      depends: leaf.depends(account),
      test: leaf.compile(account),
    };
  }
  const children = childrenOf(condition).map((child) =>
    compile(child.condition, account, join(path, child.path)),
  );
  const common = {
    path: name,
    children,
    maxAgeMs: Math.min(Number.POSITIVE_INFINITY, ...children.map((child) => child.maxAgeMs)),
    depends: children.flatMap((child) => child.depends),
  };
  switch (test.case) {
    case "any":
      return { ...common, kind: "atLeast", count: 1 };
    case "atLeast":
      return { ...common, kind: "atLeast", count: test.value.count };
    case "not":
      return { ...common, kind: "not" };
    case "heldFor":
      return { ...common, kind: "heldFor", durationMs: lengthOf(test.value.duration) };
    case "sequence":
      return { ...common, kind: "sequence", withinMs: lengthOf(test.value.within) };
    default:
      return { ...common, kind: "atLeast", count: children.length };
  }
}

function lengthOf(duration: Parameters<typeof durationMs>[0] | undefined): number {
  return duration === undefined ? Number.POSITIVE_INFINITY : durationMs(duration);
}
