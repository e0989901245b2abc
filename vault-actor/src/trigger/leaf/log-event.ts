/** Reads the arguments of logs. Pure. */
import { type AbiEvent, decodeAbiParameters, type Hex, parseAbiItem, toEventSelector } from "viem";
import type { ChainLog } from "#gen/trigger/v1/chain_condition";
import type { ChainLogEntry } from "../../chain/chain-read.ts";
import { parseAbiValue } from "./abi-text.ts";
import { relationOf } from "./comparator.ts";

/** An event as it is declared. */
export type EventShape = {
  readonly topic0: Hex;
  readonly inputs: AbiEvent["inputs"];
};

/** Reads a declaration, with or without the word `event`. `undefined`: it is none. */
export function eventShape(text: string): EventShape | undefined {
  try {
    const declared = text.startsWith("event ") ? text : `event ${text}`;
    const item = parseAbiItem(declared) as AbiEvent;
    if (item.type !== "event") return undefined;
    return { topic0: toEventSelector(item), inputs: item.inputs };
  } catch {
    return undefined;
  }
}

/** The test of a log's arguments. A log that is not of the event's shape does not match. */
export function matcherOf(
  shape: EventShape,
  tests: ChainLog["arguments"],
): (log: ChainLogEntry) => boolean {
  const read = tests.map(({ index, comparator, value }) => ({
    index,
    relation: relationOf(comparator),
    wanted: parseAbiValue(shape.inputs[index]?.type ?? "", value),
  }));
  return (log) => {
    const values = valuesOf(shape, log);
    if (values === undefined) return false;
    return read.every(({ index, relation, wanted }) => {
      const value = values[index];
      if (wanted === undefined || value === undefined) return false;
      if (typeof wanted !== "bigint") return lower(value) === wanted;
      const number = BigInt(value as bigint | number);
      return relation === undefined ? number === wanted : relation.holds(number, wanted);
    });
  };
}

/** The arguments, in order. `undefined` for one of which the chain keeps the hash only. */
function valuesOf({ inputs }: EventShape, log: ChainLogEntry): readonly unknown[] | undefined {
  const indexed = inputs.filter((input) => input.indexed === true);
  const plain = inputs.filter((input) => input.indexed !== true);
  if (log.topics.length !== indexed.length + 1) return undefined;
  try {
    const data = plain.length === 0 ? [] : decodeAbiParameters(plain, log.data);
    let topic = 1;
    let word = 0;
    return inputs.map((input) => {
      if (input.indexed !== true) return data[word++];
      const value = log.topics[topic++] ?? "0x";
      return isHashed(input.type) ? undefined : decodeAbiParameters([input], value)[0];
    });
  } catch {
    return undefined;
  }
}

function isHashed(type: string): boolean {
  return type === "string" || type === "bytes" || type.endsWith("]") || type.startsWith("tuple");
}

/** viem gives addresses with a checksum in their case. */
function lower(value: unknown): unknown {
  return typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value)
    ? value.toLowerCase()
    : value;
}
