/** The tests of a signal's latest value. Pure. */
import {
  Comparator,
  type SignalBand,
  type SignalThreshold,
} from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { parseDecimal } from "./decimal.ts";
import type { View } from "./inputs.ts";
import { type LeafResult, type Reading, readSeries } from "./reading.ts";

type Relation = readonly [sign: string, holds: (a: bigint, b: bigint) => boolean];

const relations: Readonly<Record<number, Relation>> = {
  [Comparator.LESS_THAN]: ["<", (a: bigint, b: bigint) => a < b],
  [Comparator.AT_MOST]: ["<=", (a: bigint, b: bigint) => a <= b],
  [Comparator.GREATER_THAN]: [">", (a: bigint, b: bigint) => a > b],
  [Comparator.AT_LEAST]: [">=", (a: bigint, b: bigint) => a >= b],
};

/** Compares the latest value with a constant. */
export function testThreshold(test: SignalThreshold, view: View): LeafResult {
  const reading = readSeries(view, test.series, test.maxAge);
  const limit = parseDecimal(test.value);
  if (!reading.fit) return unknown(reading);
  const relation = relations[test.comparator];
  if (relation === undefined || limit === undefined) {
    return unknown({ fit: false, why: "malformed test", ageMs: reading.ageMs });
  }
  const [sign, holds] = relation;
  return result(holds(reading.value, limit), `${reading.text} ${sign} ${test.value}`, reading);
}

/** Tests whether the latest value lies in a band, or outside of it. */
export function testBand(test: SignalBand, view: View): LeafResult {
  const reading = readSeries(view, test.series, test.maxAge);
  const low = parseDecimal(test.low);
  const high = parseDecimal(test.high);
  if (!reading.fit) return unknown(reading);
  if (low === undefined || high === undefined) {
    return unknown({ fit: false, why: "malformed test", ageMs: reading.ageMs });
  }
  const inside = low <= reading.value && reading.value <= high;
  const band = `${reading.text} ${test.outside ? "outside" : "in"} [${test.low}, ${test.high}]`;
  return result(inside !== test.outside, band, reading);
}

function unknown(reading: Extract<Reading, { fit: false }>): LeafResult {
  return { verdict: Verdict.UNKNOWN, explanation: reading.why, ageMs: reading.ageMs };
}

function result(holds: boolean, relation: string, reading: Reading): LeafResult {
  return {
    verdict: holds ? Verdict.TRUE : Verdict.FALSE,
    explanation: holds ? relation : `not ${relation}`,
    ageMs: reading.ageMs,
  };
}
