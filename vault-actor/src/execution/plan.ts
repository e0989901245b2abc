/**
 * Fills a draft in from the chain: the amount, the least to accept, the gas, the fee.
 *
 * Reads only. What it finds is judged by the policy twice: before the bundler is asked, and
 * again in the transaction that signs.
 */
import { decodeFunctionResult, encodeFunctionData, type Hex, parseAbi } from "viem";
import type { Outcome, Rpc } from "../account/node.ts";
import type { Permission, Session } from "../session/session.ts";
import { type BuiltOperation, operationFor } from "./build-operation.ts";
import type { ChainAccess } from "./chain-access.ts";
import { type Draft, knownAmount, swapAbi, transferAbi } from "./draft.ts";
import { encodeRedemption } from "./redemption.ts";
import { revertReason } from "./revert-reason.ts";
import { encodeExecute } from "./user-operation.ts";

/** A call with its amount: what the policy judges in full. */
export type PricedCall = { readonly amount: bigint; readonly data: Hex };

const quoterAbi = parseAbi([
  "struct Params { address tokenIn; address tokenOut; uint256 amountIn; uint24 fee; uint160 sqrtPriceLimitX96; }",
  "function quoteExactInputSingle(Params params) returns (uint256 amountOut, uint160 sqrtPriceX96After, uint32 initializedTicksCrossed, uint256 gasEstimate)",
]);
const balanceAbi = parseAbi(["function balanceOf(address account) view returns (uint256)"]);

/** Decides the amount and the call data. */
export async function priceCall(draft: Draft, access: ChainAccess): Promise<Outcome<PricedCall>> {
  const amount = await amountOf(draft, access.node);
  if (amount.kind !== "ok") return amount;
  const { call } = draft;
  switch (call.kind) {
    case "call":
      return { kind: "ok", value: { amount: amount.value, data: call.data } };
    case "transfer": {
      if (draft.outflow?.asset.kind === "native") {
        return { kind: "ok", value: { amount: amount.value, data: "0x" } };
      }
      const args = [call.recipient, amount.value] as const;
      const data = encodeFunctionData({ abi: transferAbi, functionName: "transfer", args });
      return { kind: "ok", value: { amount: amount.value, data } };
    }
    case "swap": {
      const quote = await quoteSwap(call, amount.value, access);
      if (quote.kind !== "ok") return quote;
      const least = (quote.value * BigInt(10_000 - call.slippageBps)) / 10_000n;
      const params = {
        tokenIn: access.chain.wrappedNative,
        tokenOut: call.buy,
        fee: call.fee,
        recipient: draft.account.address,
        amountIn: amount.value,
        amountOutMinimum: least,
        sqrtPriceLimitX96: 0n,
      };
      const data = encodeFunctionData({
        abi: swapAbi,
        functionName: "exactInputSingle",
        args: [params],
      });
      return { kind: "ok", value: { amount: amount.value, data } };
    }
  }
}

/** Builds the unsigned operation that redeems the session's permission for the call. */
export function buildOperation(
  executionName: string,
  draft: Draft,
  priced: PricedCall,
  session: Session & { readonly permission: Permission },
  access: ChainAccess,
  mayPayItself: boolean,
): Promise<Outcome<BuiltOperation>> {
  const redemption = encodeRedemption(session.permission, {
    target: draft.target,
    value: draft.outflow?.asset.kind === "native" ? priced.amount : 0n,
    data: priced.data,
  });
  const callData = encodeExecute(access.chain.delegationManager, redemption);
  return operationFor({ executionName, session, callData, mayPayItself }, access);
}

async function amountOf(draft: Draft, node: Rpc): Promise<Outcome<bigint>> {
  const { outflow, account } = draft;
  if (outflow === undefined || "exact" in outflow.quantity) {
    return { kind: "ok", value: knownAmount(draft) };
  }
  const balance =
    outflow.asset.kind === "native"
      ? await node<Hex>("eth_getBalance", [account.address, "latest"])
      : await node<Hex>("eth_call", [
          {
            to: outflow.asset.address,
            data: encodeFunctionData({
              abi: balanceAbi,
              functionName: "balanceOf",
              args: [account.address],
            }),
          },
          "latest",
        ]);
  if (balance.kind !== "ok") return balance;
  if (balance.value === "0x") return refused("the asset has no contract");
  const amount = (BigInt(balance.value) * BigInt(outflow.quantity.shareBps)) / 10_000n;
  return amount > 0n ? { kind: "ok", value: amount } : refused("there is nothing to spend");
}

async function quoteSwap(
  swap: Extract<Draft["call"], { kind: "swap" }>,
  amountIn: bigint,
  { chain, node }: ChainAccess,
): Promise<Outcome<bigint>> {
  const data = encodeFunctionData({
    abi: quoterAbi,
    functionName: "quoteExactInputSingle",
    args: [
      {
        tokenIn: chain.wrappedNative,
        tokenOut: swap.buy,
        amountIn,
        fee: swap.fee,
        sqrtPriceLimitX96: 0n,
      },
    ],
  });
  const answer = await node<Hex>("eth_call", [{ to: chain.uniswapV3.quoter, data }, "latest"]);
  if (answer.kind === "final") {
    return { ...answer, reason: `no quote: ${revertReason(answer.reason, answer.data)}` };
  }
  if (answer.kind !== "ok") return answer;
  try {
    const [amountOut] = decodeFunctionResult({
      abi: quoterAbi,
      functionName: "quoteExactInputSingle",
      data: answer.value,
    });
    return { kind: "ok", value: amountOut };
  } catch {
    return refused("no quote: the quoter answers nothing");
  }
}

function refused(reason: string): Outcome<never> {
  return { kind: "final", reason, code: 0, data: undefined };
}
