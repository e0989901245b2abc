/**
 * Reads a raw call. What it is known to move counts as spent, and what has a typed action of
 * its own is refused: a raw call must not slip past the rules of the typed one. Pure.
 */
import { bytesToHex, decodeFunctionData, type Hex, parseAbi } from "viem";
import type { Call } from "#gen/vault/v1/intent";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Account, type Address, parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Draft } from "./draft.ts";

const tokenAbi = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function transferFrom(address from, address to, uint256 amount)",
]);

/** Reads a call that the vault's account shall make. */
export function draftCall(
  call: Call,
  account: Account,
  chain: ChainConfig,
): Result<Draft, Failure> {
  const target = parseAccount(call.target);
  if (target?.chainId !== account.chainId) {
    const detail = "target: must be of the intent's chain";
    return refuse("FIELD_INVALID", detail, { field: "target", rule: "chain" });
  }
  const { length } = call.data;
  if (length > 0 && length < 4) {
    return refuse("FIELD_INVALID", "data: empty, or at least a selector", { field: "data" });
  }
  if (ownContracts(chain, account).includes(target.address)) {
    const detail = "the router is used through a swap; the vault's own contracts are not called";
    return refuse("POLICY_REFUSED", detail, { rule: "typed_action" });
  }
  const data = bytesToHex(call.data);
  const value = BigInt(call.value);
  const selector = data.slice(0, 10) as Hex;
  const base = { account, target: target.address, selector };
  const moved = tokenMove(data);
  if (moved === "malformed") {
    return refuse("FIELD_INVALID", "data: malformed token transfer", { field: "data" });
  }
  if (moved !== undefined) {
    if (value !== 0n || moved.from !== undefined) {
      const detail = "a token transfer sends no value, and only the vault's own tokens";
      return refuse("POLICY_REFUSED", detail, { rule: "typed_action" });
    }
    const asset = { kind: "erc20", chainId: account.chainId, address: target.address } as const;
    return ok({
      ...base,
      outflow: { asset, quantity: { exact: moved.amount } },
      recipients: [moved.to],
      call: { kind: "call", value, data },
    });
  }
  const asset = { kind: "native", chainId: account.chainId } as const;
  return ok({
    ...base,
    outflow: value === 0n ? undefined : { asset, quantity: { exact: value } },
    recipients: value === 0n ? [] : [target.address],
    call: { kind: "call", value, data },
  });
}

function ownContracts(chain: ChainConfig, account: Account): readonly Address[] {
  const { router, quoter } = chain.uniswapV3;
  return [router, quoter, chain.entryPoint, chain.delegationManager, account.address];
}

type Move = { readonly to: Address; readonly amount: bigint; readonly from: Address | undefined };

function tokenMove(data: Hex): Move | "malformed" | undefined {
  const isTransfer = data.startsWith("0xa9059cbb");
  if (!isTransfer && !data.startsWith("0x23b872dd")) return undefined;
  try {
    const { args } = decodeFunctionData({ abi: tokenAbi, data });
    if (args.length === 2) return { to: lower(args[0]), amount: args[1], from: undefined };
    return { to: lower(args[1]), amount: args[2], from: lower(args[0]) };
  } catch {
    return "malformed";
  }
}

function lower(address: string): Address {
  return address.toLowerCase() as Address;
}
