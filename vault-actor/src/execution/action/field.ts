/** Reads the fields that actions share, and says what is wrong with them. Pure. */
import type { Amount } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Account, type Address, type Asset, parseAccount, parseAsset } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { ChainConfig } from "../../account/chain-config.ts";
import type { Quantity } from "./step.ts";

/** Whose intent is read, and for which chain. */
export type ReadContext = { readonly account: Account; readonly chain: ChainConfig };

/** Reads an asset of the intent's chain, which is none of the vault's own contracts. */
export function readAsset(text: string, field: string, on: ReadContext): Result<Asset, Failure> {
  const asset = parseAsset(text);
  if (asset === undefined || asset.chainId !== on.account.chainId) return otherChain(field);
  if (asset.kind === "erc20" && isOwnContract(asset.address, on)) return ownContract(field);
  return ok(asset);
}

/** Reads an account of the intent's chain. */
export function readAccount(
  text: string,
  field: string,
  { account }: ReadContext,
): Result<Address, Failure> {
  const read = parseAccount(text);
  return read?.chainId === account.chainId ? ok(read.address) : otherChain(field);
}

/** Reads an amount in base units: below 2^256, which is the most that a contract can take. */
export function readUnits(text: string, field: string): Result<bigint, Failure> {
  const value = BigInt(text);
  return value < 1n << 256n ? ok(value) : invalid(field, "must be below 2^256", "range");
}

/** Reads how much: above zero. */
export function readQuantity(amount: Amount | undefined, field: string): Result<Quantity, Failure> {
  const value = amount?.amount;
  if (value?.case === "shareBps" && value.value > 0) return ok({ shareBps: value.value });
  if (value?.case !== "exact") return invalid(field, "must be above zero", "range");
  const exact = readUnits(value.value, field);
  if (!exact.ok) return exact;
  return exact.value > 0n
    ? ok({ exact: exact.value })
    : invalid(field, "must be above zero", "range");
}

/**
 * Whether an address is one of those that make the vault work: its account, the entry point, the
 * delegation framework, the router and the quoter. They are used through typed actions alone.
 */
export function isOwnContract(address: Address, { account, chain }: ReadContext): boolean {
  const { router, quoter } = chain.uniswapV3;
  const { entryPoint, delegationManager, accountFactory, accountImplementation } = chain;
  return [
    account.address,
    router,
    quoter,
    entryPoint,
    delegationManager,
    accountFactory,
    accountImplementation,
    chain.intentGuard,
    ...Object.values(chain.enforcers),
  ].includes(address);
}

/** Refuses an address that is one of the vault's own contracts. */
export function ownContract(field: string) {
  const detail = `${field}: the router is used through a swap; the vault's own contracts are not used`;
  return refuse("POLICY_REFUSED", detail, { rule: "typed_action", field });
}

/** Refuses a field. */
export function invalid(field: string, detail: string, rule: string) {
  return refuse("FIELD_INVALID", `${field}: ${detail}`, { field, rule });
}

/** Refuses what this release does not do. */
export function unavailable(feature: string) {
  return refuse("FEATURE_UNAVAILABLE", `${feature} is not served by this release`, { feature });
}

function otherChain(field: string) {
  return invalid(field, "must be of the intent's chain", "chain");
}
