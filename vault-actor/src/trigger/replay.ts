/**
 * Evaluates a recorded firing again from what it recorded, and compares byte for byte.
 *
 * Pure: it needs neither the vault nor the world, so anybody can do it with the record alone.
 */
import { toBinary } from "@bufbuild/protobuf";
import { type Evaluation, EvaluationSchema, type Firing } from "#gen/trigger/v1/firing";
import type { Account } from "#protocol/names";
import { compile } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import { toEvaluation } from "./outcome.ts";
import { viewOf } from "./record.ts";

/** A firing that was evaluated again. */
export type Replayed = {
  readonly evaluation: Evaluation;
  /** Whether it is the recorded one, byte for byte. */
  readonly equal: boolean;
};

/** Replays a firing of the vault of `account`. `undefined`: it has no whole record. */
export function replay(firing: Firing, account: Account): Replayed | undefined {
  const { condition, inputs, evaluation: recorded } = firing;
  if (condition === undefined || inputs === undefined || recorded === undefined) return undefined;
  const { view, states } = viewOf(inputs);
  const evaluation = toEvaluation(evaluate(compile(condition, account), view, states).outcome);
  const [was, is] = [recorded, evaluation].map((one) => toBinary(EvaluationSchema, one));
  return { evaluation, equal: isSame(was, is) };
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a?.length === b?.length && a?.every((byte, i) => byte === b?.[i]) === true;
}
