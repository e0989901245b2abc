/**
 * Evaluates a condition: true, false or unknown, with an explanation of every node.
 *
 * Pure and total: the same inputs give the same evaluation, byte for byte, live, in a preview
 * and in a replay. Follows Kleene's strong logic; unknown never becomes false by itself.
 */
import { create } from "@bufbuild/protobuf";
import type { Condition } from "#gen/trigger/v1/condition";
import { type Evaluation, EvaluationSchema } from "#gen/trigger/v1/firing";
import { Verdict } from "#gen/trigger/v1/trigger";
import { matchEvent } from "./event-match.ts";
import type { View } from "./inputs.ts";
import type { LeafResult } from "./reading.ts";
import { testBand, testThreshold } from "./signal-test.ts";
import { childrenOf, fieldName, join } from "./tree.ts";

/** Evaluates the tree below `condition`. */
export function evaluate(condition: Condition, view: View, path = ""): Evaluation {
  const children = childrenOf(condition).map((child) =>
    evaluate(child.condition, view, join(path, child.path)),
  );
  const name = join(path, fieldName(condition.test.case ?? "unset"));
  if (children.length === 0) return leaf(name, testLeaf(condition, view));
  const [verdict, explanation] = combine(condition, children);
  return create(EvaluationSchema, { path: name, verdict, explanation, children });
}

function testLeaf(condition: Condition, view: View): LeafResult {
  const { test } = condition;
  switch (test.case) {
    case "signalThreshold":
      return testThreshold(test.value, view);
    case "signalBand":
      return testBand(test.value, view);
    case "eventMatch":
      return matchEvent(test.value, view);
    default:
      return { verdict: Verdict.UNKNOWN, explanation: "not served by this release", ageMs: 0 };
  }
}

function leaf(path: string, result: LeafResult): Evaluation {
  const { verdict, explanation, ageMs } = result;
  return create(EvaluationSchema, { path, verdict, explanation, inputAgeMs: BigInt(ageMs) });
}

function combine(
  condition: Condition,
  children: readonly Evaluation[],
): readonly [Verdict, string] {
  const count = (verdict: Verdict) => children.filter((c) => c.verdict === verdict).length;
  const trues = count(Verdict.TRUE);
  const unknowns = count(Verdict.UNKNOWN);
  const total = children.length;
  const text = `${trues} of ${total} true, ${unknowns} unknown`;
  const atLeast = (wanted: number) => {
    if (trues >= wanted) return [Verdict.TRUE, text] as const;
    return [trues + unknowns >= wanted ? Verdict.UNKNOWN : Verdict.FALSE, text] as const;
  };
  switch (condition.test.case) {
    case "all":
      return atLeast(total);
    case "any":
      return atLeast(1);
    case "atLeast":
      return atLeast(condition.test.value.count);
    case "not":
      return [negate(children[0]?.verdict), "negated"];
    default:
      return [Verdict.UNKNOWN, "not served by this release"];
  }
}

function negate(verdict: Verdict | undefined): Verdict {
  if (verdict === Verdict.TRUE) return Verdict.FALSE;
  return verdict === Verdict.FALSE ? Verdict.TRUE : Verdict.UNKNOWN;
}
