/** The balance of an account against a constant. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { Balance } from "#gen/trigger/v1/chain_condition";
import { type Account, type Asset, formatChain, parseAccount, parseAsset } from "#protocol/names";
import { ok } from "#protocol/result";
import type { ChainRead } from "../../chain/chain-read.ts";
import { balanceRead, tokenBalanceRead } from "../../chain/reads.ts";
import { invalid, type LeafKind } from "../leaf-kind.ts";
import { checkAccount, checkAsset } from "./chain-check.ts";
import { compareReading, parseWhole } from "./chain-level.ts";

/** The balance of an account. */
export const balance: LeafKind<Balance> = {
  shape: "level",
  check(test, context) {
    const { path } = context;
    const asset = checkAsset(test.asset, `${path}.asset`, context);
    if (!asset.ok) return asset;
    const { chainId } = asset.value;
    if (test.account !== "") {
      const account = checkAccount(test.account, `${path}.account`, context);
      if (!account.ok) return account;
      if (account.value.chainId !== chainId) {
        return invalid(`${path}.account`, `must be on the asset's chain, ${formatChain(chainId)}`);
      }
    }
    if (parseWhole(test.amount) === undefined) {
      return invalid(`${path}.amount`, "must be a whole number of base units");
    }
    return ok(undefined);
  },
  depends(test, own) {
    const read = readOf(test, own);
    return read === undefined ? [] : [{ kind: "chain", read }];
  },
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test, own) {
    const read = readOf(test, own);
    if (read === undefined) return compareReading(undefined);
    return compareReading({
      read,
      comparator: test.comparator,
      text: test.amount,
      limit: parseWhole(test.amount),
      parse: parseWhole,
      maxAgeMs: test.maxAge === undefined ? 0 : durationMs(test.maxAge),
    });
  },
};

/** The balance of an address in an asset, on the asset's chain. */
export function balanceOf(asset: Asset, address: Account["address"]): ChainRead {
  return asset.kind === "native"
    ? balanceRead({ chainId: asset.chainId, address })
    : tokenBalanceRead(asset, address);
}

function readOf(test: Balance, own: Account): ChainRead | undefined {
  const asset = parseAsset(test.asset);
  const account = test.account === "" ? own : parseAccount(test.account);
  return asset && account && balanceOf(asset, account.address);
}
