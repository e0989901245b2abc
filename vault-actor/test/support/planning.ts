/** What planning of actions looks at in tests: a chain, balances, prices, a node that answers. */
import { type Hex, toHex } from "viem";
import { type Account, type Address, formatAsset } from "#protocol/names";
import type { Outcome, Rpc } from "../../src/account/node.ts";
import type { Quantified, Token } from "../../src/execution/action/step.ts";
import { allowanceKey, type PlanContext } from "../../src/execution/action/step-plan.ts";
import { defaultPriceRule, type PriceReading, type PriceReadings } from "../../src/price/price.ts";
import type { PriceReader } from "../../src/price/price-reader.ts";
import { feed, pricesMs, readingsOf } from "./prices.ts";
import { testChain } from "./test-chain.ts";

/** An address of one digit. */
export const digit = (of: string) => `0x${of.repeat(40)}` as Address;

/** The vault's account. */
export const account: Account = { chainId: 1, address: digit("a") };

/** The native asset. */
export const ether = { kind: "native", chainId: 1 } as const;

/** A token. */
export const tokenAt = (of: string): Token => ({ kind: "erc20", chainId: 1, address: digit(of) });

/** A token of six decimals that costs a dollar. */
export const dollar = tokenAt("c");

/** Readings of one asset by two independent groups that agree. */
export function agreed(asset: string, dollars: number): readonly PriceReading[] {
  return [feed(asset, dollars), feed(asset, dollars, { group: "second" })];
}

/** Prices: an ether at 2,500 dollars, a dollar at one. */
export const calm: PriceReadings = readingsOf(
  ...agreed(formatAsset(ether), 2500),
  ...agreed(formatAsset(dollar), 1),
);

/** What planning looks at. */
export function planContext(
  change: {
    readonly balances?: readonly Quantified[];
    readonly allowances?: readonly (readonly [Token, Address, bigint])[];
    readonly prices?: PriceReadings;
  } = {},
): PlanContext {
  return {
    account,
    chain: testChain(1),
    facts: {
      balances: new Map((change.balances ?? []).map((one) => [formatAsset(one.asset), one.amount])),
      allowances: new Map(
        (change.allowances ?? []).map(([token, spender, amount]) => [
          allowanceKey(token.address, spender),
          amount,
        ]),
      ),
      prices: change.prices ?? calm,
    },
    rule: defaultPriceRule,
    nowMs: pricesMs,
  };
}

/** A reader that has these prices. */
export function readerOf(prices: PriceReadings): PriceReader {
  return {
    read: async (_, assets) => {
      const known = [...prices].filter(([asset]) => assets.includes(asset));
      return { kind: "ok", value: new Map(known) };
    },
  };
}

/** A node that answers calls by their target and selector; `undefined`: it can't be reached. */
export function nodeOf(
  answer: (to: string, selector: string) => bigint | Hex | undefined,
): Rpc & { readonly asked: string[] } {
  const asked: string[] = [];
  const node = async <T>(method: string, params: readonly unknown[]): Promise<Outcome<T>> => {
    const [first] = params as [string | { to: string; data: string }];
    const call = typeof first === "string" ? { to: method, data: "0x" } : first;
    const selector = call.data.slice(0, 10);
    asked.push(`${call.to} ${selector}`);
    const value = answer(call.to, selector);
    if (value === undefined) return { kind: "retry", reason: "unreachable" };
    const text = typeof value === "bigint" ? toHex(value, { size: 32 }) : value;
    return { kind: "ok", value: text as T };
  };
  return Object.assign(node, { asked });
}
