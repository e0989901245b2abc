/** What a view function answers, against a constant. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { type AbiFunction, encodeFunctionData, type Hex, parseAbiItem } from "viem";
import type { ContractRead } from "#gen/trigger/v1/chain_condition";
import { parseAccount } from "#protocol/names";
import { ok } from "#protocol/result";
import type { ChainRead } from "../../chain/chain-read.ts";
import { callRead } from "../../chain/reads.ts";
import { parseDecimal } from "../decimal.ts";
import { invalid, type LeafKind } from "../leaf-kind.ts";
import { type AbiValue, formOf, isWhole, parseAbiValue } from "./abi-text.ts";
import { checkAccount } from "./chain-check.ts";
import { compareReading, parseWhole } from "./chain-level.ts";

/** What a view function answers. */
export const contractRead: LeafKind<ContractRead> = {
  shape: "level",
  check(test, context) {
    const { path } = context;
    const contract = checkAccount(test.contract, `${path}.contract`, context);
    if (!contract.ok) return contract;
    const declared = functionOf(test.function);
    if (declared === undefined) {
      const hint = "must be a view function: function name(uint256) view returns (uint256)";
      return invalid(`${path}.function`, hint);
    }
    const { inputs } = declared;
    if (test.arguments.length !== inputs.length) {
      return invalid(`${path}.arguments`, `the function takes ${inputs.length}`);
    }
    for (const [at, { type }] of inputs.entries()) {
      const form = formOf(type);
      if (form === undefined) {
        return invalid(`${path}.function`, `arguments of type ${type} are not served`);
      }
      if (parseAbiValue(type, test.arguments[at] ?? "") === undefined) {
        return invalid(`${path}.arguments[${at}]`, `must be ${form}`);
      }
    }
    const result = resultOf(declared, test.resultIndex);
    if (result === undefined) {
      const hint = "must be a returned integer or boolean, with no struct before it";
      return invalid(`${path}.result_index`, hint);
    }
    if (limitOf(test.value) === undefined) {
      return invalid(`${path}.value`, "must be a whole number in the result's own unit");
    }
    return ok(undefined);
  },
  depends(test) {
    const read = readOf(test);
    return read === undefined ? [] : [{ kind: "chain", read }];
  },
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const read = readOf(test);
    if (read === undefined) return compareReading(undefined);
    return compareReading({
      read,
      comparator: test.comparator,
      text: test.value,
      limit: limitOf(test.value),
      parse: parseWhole,
      maxAgeMs: test.maxAge === undefined ? 0 : durationMs(test.maxAge),
    });
  },
};

function functionOf(text: string): AbiFunction | undefined {
  try {
    const item = parseAbiItem(text) as AbiFunction;
    const isRead = item.stateMutability === "view" || item.stateMutability === "pure";
    return item.type === "function" && isRead ? item : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where a result is in the answer. A dynamic value before it takes one word, a static array as
 * many as it has elements.
 */
function resultOf({ outputs }: AbiFunction, index: number) {
  const type = outputs[index]?.type;
  if (type === undefined || !(isWhole(type) || type === "bool")) return undefined;
  let word = 0;
  for (const before of outputs.slice(0, index)) {
    const array = /^([a-z]+[0-9]*)\[(\d+)\]$/.exec(before.type);
    const element = array?.[1] ?? "";
    if (array !== null && formOf(element) !== undefined && !isDynamic(element)) {
      word += Number(array[2]);
    } else if (formOf(before.type) !== undefined || /^[a-z]+[0-9]*\[\]$/.test(before.type)) {
      word += 1;
    } else return undefined;
  }
  return { word, type };
}

function isDynamic(type: string): boolean {
  return type === "string" || type === "bytes";
}

function readOf(test: ContractRead): ChainRead | undefined {
  const contract = parseAccount(test.contract);
  const declared = functionOf(test.function);
  const result = declared && resultOf(declared, test.resultIndex);
  if (contract === undefined || declared === undefined || result === undefined) return undefined;
  const args: AbiValue[] = [];
  for (const [at, { type }] of declared.inputs.entries()) {
    const value = parseAbiValue(type, test.arguments[at] ?? "");
    if (value === undefined) return undefined;
    args.push(value);
  }
  const data: Hex = encodeFunctionData({ abi: [declared], args });
  return callRead(contract, data, result);
}

/** The constant, when it is whole. */
function limitOf(text: string): bigint | undefined {
  const value = parseDecimal(text);
  const unit = 10n ** 18n;
  return value === undefined || value % unit !== 0n ? undefined : value / unit;
}
