/** An operation that changes nothing but what a test says. */
import type { Operation } from "../../src/policy/operation.ts";

/** Makes an operation. */
export function testOperation(
  change: Partial<Operation> & { readonly account: string },
): Operation {
  return {
    chain: change.account.split(":").slice(0, 2).join(":"),
    calls: [],
    spends: [],
    recipients: [],
    allowances: [],
    slippageBps: 0,
    prices: [],
    worthMicroUsd: undefined,
    maxFee: 0n,
    maxFeePerGas: 0n,
    hosts: [],
    isEarly: false,
    ...change,
  };
}
