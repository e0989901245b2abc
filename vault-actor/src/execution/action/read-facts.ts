/** Reads of the chain what steps have to know. Reads only. */
import type { Hex } from "viem";
import { type Account, type Asset, formatAsset } from "#protocol/names";
import type { Outcome, Rpc } from "../../account/node.ts";
import type { PriceReader } from "../../price/price-reader.ts";
import { allowanceKey, type Facts, type Needs } from "./step-plan.ts";
import { encodeAllowance, encodeBalanceOf } from "./token-abi.ts";

/** Where to ask. */
export type FactSource = { readonly node: Rpc; readonly prices: PriceReader };

/** Reads everything at once, each thing once. */
export async function readFacts(
  account: Account,
  needs: Needs,
  { node, prices }: FactSource,
): Promise<Outcome<Facts>> {
  const assets = unique(needs.balances, formatAsset);
  const given = unique(needs.allowances, ({ token, spender }) =>
    allowanceKey(token.address, spender),
  );
  const priced = unique(needs.prices, formatAsset).map(formatAsset);
  const [balances, allowances, readings] = await Promise.all([
    Promise.all(assets.map((asset) => balanceOf(asset, account, node))),
    Promise.all(
      given.map(({ token, spender }) =>
        word(node, token.address, encodeAllowance(account.address, spender)),
      ),
    ),
    priced.length === 0
      ? ({ kind: "ok", value: new Map() } as const)
      : prices.read(account.chainId, priced),
  ]);
  const held = new Map<string, bigint>();
  for (const [at, outcome] of balances.entries()) {
    const asset = assets[at];
    if (outcome.kind !== "ok") return outcome;
    if (asset !== undefined) held.set(formatAsset(asset), outcome.value);
  }
  const allowed = new Map<string, bigint>();
  for (const [at, outcome] of allowances.entries()) {
    const one = given[at];
    if (outcome.kind !== "ok") return outcome;
    if (one !== undefined) allowed.set(allowanceKey(one.token.address, one.spender), outcome.value);
  }
  if (readings.kind !== "ok") return readings;
  return { kind: "ok", value: { balances: held, allowances: allowed, prices: readings.value } };
}

async function balanceOf(asset: Asset, { address }: Account, node: Rpc): Promise<Outcome<bigint>> {
  if (asset.kind === "erc20") return word(node, asset.address, encodeBalanceOf(address));
  return numberOf(await node<Hex>("eth_getBalance", [address, "latest"]), "the balance");
}

async function word(node: Rpc, to: string, data: Hex): Promise<Outcome<bigint>> {
  const answer = await node<Hex>("eth_call", [{ to, data }, "latest"]);
  if (answer.kind === "ok" && answer.value === "0x") {
    return { kind: "final", reason: `${to} has no contract`, code: 0, data: undefined };
  }
  return numberOf(answer, to);
}

function numberOf(answer: Outcome<Hex>, what: string): Outcome<bigint> {
  if (answer.kind !== "ok") return answer;
  // A node's answer is the outside's word: whatever it is, it must not throw.
  if (/^0x[0-9a-f]{1,64}$/i.test(answer.value)) return { kind: "ok", value: BigInt(answer.value) };
  return { kind: "final", reason: `${what} answers no number`, code: 0, data: undefined };
}

function unique<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}
