/** Compares what was read of a chain with a constant. Pure. */
import type { Comparator } from "#gen/trigger/v1/signal_condition";
import type { ChainRead } from "../../chain/chain-read.ts";
import type { LeafTest } from "../leaf-kind.ts";
import type { WorldView } from "../view.ts";
import { relationOf } from "./comparator.ts";
import { decided, stale } from "./leaf-outcome.ts";

/** How far a chain's clock may be ahead, in milliseconds. */
const aheadMs = 60_000;

/** A reading that may be acted on, or why it may not. */
export type ChainValue =
  | {
      readonly fit: true;
      readonly text: string;
      readonly ageMs: number;
      /** From when on it is too old, in milliseconds. */
      readonly expireMs: number;
    }
  | {
      readonly fit: false;
      readonly why: string;
      readonly ageMs: number;
      /** When time alone makes it fit. Absent: never. */
      readonly fitMs?: number;
    };

/** Finds a reading. Its age is that of its block. */
export function chainValue(view: WorldView, read: ChainRead, maxAgeMs: number): ChainValue {
  const reading = view.chain.get(read.key);
  if (reading === undefined) return { fit: false, why: "the chain was not read", ageMs: 0 };
  const age = view.nowMs - reading.timeMs;
  const ageMs = Math.max(0, age);
  if (age < -aheadMs) {
    return { fit: false, why: "dated in the future", ageMs, fitMs: reading.timeMs - aheadMs };
  }
  if (age > maxAgeMs) return { fit: false, why: `${age} ms old, at most ${maxAgeMs}`, ageMs };
  if (reading.value === undefined) return { fit: false, why: "could not be read", ageMs };
  return { fit: true, text: reading.value, ageMs, expireMs: reading.timeMs + maxAgeMs + 1 };
}

/** How a reading is compared. */
export type Comparison = {
  readonly read: ChainRead;
  readonly comparator: Comparator;
  /** The constant as its owner wrote it. */
  readonly text: string;
  readonly limit: bigint | undefined;
  /** A reading in the unit of `limit`. `undefined`: it is none. */
  readonly parse: (text: string) => bigint | undefined;
  /** A reading in words. */
  readonly words?: (text: string) => string;
  readonly maxAgeMs: number;
};

/** The test that compares. `undefined`: the message is malformed. */
export function compareReading(comparison: Comparison | undefined): LeafTest {
  if (comparison === undefined) return () => stale("malformed test", 0);
  const { read, text, limit, parse, maxAgeMs } = comparison;
  const relation = relationOf(comparison.comparator);
  const shown = comparison.words ?? ((value: string) => value);
  return (view) => {
    const reading = chainValue(view, read, maxAgeMs);
    if (!reading.fit) return stale(reading.why, reading.ageMs, reading.fitMs);
    const value = parse(reading.text);
    if (value === undefined) return stale("could not be read", reading.ageMs);
    if (limit === undefined || relation === undefined)
      return stale("malformed test", reading.ageMs);
    const words = () => `${shown(reading.text)} ${relation.sign} ${text}`;
    return decided(relation.holds(value, limit), words, reading);
  };
}

/** Reads a whole number, base 10. `undefined`: it is none. */
export function parseWhole(text: string): bigint | undefined {
  return /^-?(0|[1-9][0-9]{0,77})$/.test(text) ? BigInt(text) : undefined;
}
