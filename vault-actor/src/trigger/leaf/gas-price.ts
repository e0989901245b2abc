/** The base fee of a chain against a constant. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { GasPrice } from "#gen/trigger/v1/chain_condition";
import { parseChain } from "#protocol/names";
import { baseFeeRead } from "../../chain/reads.ts";
import { invalid, type LeafKind } from "../leaf-kind.ts";
import { checkChain } from "./chain-check.ts";
import { compareReading, parseWhole } from "./chain-level.ts";

/** The base fee of a chain. */
export const gasPrice: LeafKind<GasPrice> = {
  shape: "level",
  check(test, context) {
    const chainId = parseChain(test.chain);
    if (chainId === undefined)
      return invalid(`${context.path}.chain`, "must be a CAIP-2 EVM chain");
    if (parseWhole(test.wei) === undefined) {
      return invalid(`${context.path}.wei`, "must be a whole number");
    }
    return checkChain(chainId, `${context.path}.chain`, context);
  },
  depends(test) {
    const chainId = parseChain(test.chain);
    return chainId === undefined ? [] : [{ kind: "chain", read: baseFeeRead(chainId) }];
  },
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const chainId = parseChain(test.chain);
    if (chainId === undefined) return compareReading(undefined);
    return compareReading({
      read: baseFeeRead(chainId),
      comparator: test.comparator,
      text: test.wei,
      limit: parseWhole(test.wei),
      parse: parseWhole,
      maxAgeMs: test.maxAge === undefined ? 0 : durationMs(test.maxAge),
    });
  },
};
