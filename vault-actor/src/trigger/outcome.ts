/** The outcome of an evaluated node, and its form on the wire. Pure. */
import { create } from "@bufbuild/protobuf";
import { type Evaluation, EvaluationSchema } from "#gen/trigger/v1/firing";
import { Verdict } from "#gen/trigger/v1/trigger";

/** An evaluated node. */
export type Outcome = {
  readonly path: string;
  readonly verdict: Verdict;
  readonly explain: () => string;
  readonly ageMs: number;
  /** Whether it is unknown because an input below it is missing, too old or unfit. */
  readonly stale: boolean;
  /** Of a node that is true: the occurrences that make it so, in order. Empty for a level. */
  readonly causes: readonly string[];
  /** When time alone may change it. `Infinity`: never. */
  readonly lookMs: number;
  readonly children: readonly Outcome[];
};

/** Writes an outcome. */
export function toEvaluation(outcome: Outcome): Evaluation {
  const { path, verdict, ageMs, children } = outcome;
  return create(EvaluationSchema, {
    path,
    verdict,
    explanation: outcome.explain(),
    inputAgeMs: BigInt(ageMs),
    children: children.map(toEvaluation),
  });
}

/** An outcome before it has its place. */
export type NodeOutcome = Pick<Outcome, "verdict" | "explain"> &
  Partial<Pick<Outcome, "stale" | "causes" | "lookMs">>;

/** The verdict in Kleene's strong logic that at least `wanted` of `outcomes` are true. */
export function atLeast(wanted: number, outcomes: readonly Pick<Outcome, "verdict">[]): Verdict {
  let trues = 0;
  let unknowns = 0;
  for (const { verdict } of outcomes) {
    if (verdict === Verdict.TRUE) trues += 1;
    else if (verdict !== Verdict.FALSE) unknowns += 1;
  }
  if (trues >= wanted) return Verdict.TRUE;
  return trues + unknowns >= wanted ? Verdict.UNKNOWN : Verdict.FALSE;
}
