/** The checks that tests of chains share. Pure. */
import type { Failure } from "#protocol/failure";
import { type Account, type Asset, parseAccount, parseAsset } from "#protocol/names";
import { err, ok, type Result } from "#protocol/result";
import { chainIn } from "../../account/chain-config.ts";
import { type CheckContext, invalid } from "../leaf-kind.ts";

/** Checks that a chain is configured. `field` is the path of what names it. */
export function checkChain(
  chainId: number,
  field: string,
  context: CheckContext,
): Result<void, Failure> {
  const chain = chainIn(context.chains, chainId);
  if (chain.ok) return ok(undefined);
  const { reason, detail, metadata } = chain.error;
  return err({ reason, detail: `${field}: ${detail}`, metadata: { ...metadata, field } });
}

/** Reads an account of a configured chain. */
export function checkAccount(
  text: string,
  field: string,
  context: CheckContext,
): Result<Account, Failure> {
  const account = parseAccount(text);
  if (account === undefined) return invalid(field, "must be a CAIP-10 account of an EVM chain");
  const checked = checkChain(account.chainId, field, context);
  return checked.ok ? ok(account) : checked;
}

/** Reads an asset of a configured chain. */
export function checkAsset(
  text: string,
  field: string,
  context: CheckContext,
): Result<Asset, Failure> {
  const asset = parseAsset(text);
  if (asset === undefined) {
    return invalid(field, "must be the native asset (slip44:60) or an ERC-20 token, as CAIP-19");
  }
  const checked = checkChain(asset.chainId, field, context);
  return checked.ok ? ok(asset) : checked;
}
