/** Talks to ERC-4337 bundlers (ERC-7769), and says what their refusals mean. */
import type { Hex } from "viem";
import type { Address } from "#protocol/names";
import type { Outcome, Rpc } from "../account/node.ts";
import { revertReason } from "./revert-reason.ts";
import type { UserOperation } from "./user-operation.ts";

/** The gas that an operation needs. */
export type GasEstimate = {
  readonly callGasLimit: bigint;
  readonly verificationGasLimit: bigint;
  readonly preVerificationGas: bigint;
};

/** Fees for each unit of gas, in wei. */
export type FeePerGas = { readonly max: bigint; readonly priority: bigint };

// A limit that is exactly enough now may be too little in the block that includes it.
const gasMarginPercent = 115n;

/** Estimates gas. What the chain would refuse comes back as `final` with the contract's words. */
export async function estimateGas(
  bundler: Rpc,
  operation: UserOperation,
  entryPoint: Address,
): Promise<Outcome<GasEstimate>> {
  const answer = await bundler<Record<keyof GasEstimate, Hex>>("eth_estimateUserOperationGas", [
    operation,
    entryPoint,
  ]);
  if (answer.kind === "final") return refusalOf(answer);
  if (answer.kind !== "ok") return answer;
  const withMargin = (gas: Hex) => (BigInt(gas) * gasMarginPercent) / 100n;
  return {
    kind: "ok",
    value: {
      callGasLimit: withMargin(answer.value.callGasLimit),
      verificationGasLimit: withMargin(answer.value.verificationGasLimit),
      preVerificationGas: withMargin(answer.value.preVerificationGas),
    },
  };
}

/** Asks what to pay: the bundler when it says, else the node. */
export async function feePerGas(bundler: Rpc, node: Rpc): Promise<Outcome<FeePerGas>> {
  type Fees = { readonly maxFeePerGas: Hex; readonly maxPriorityFeePerGas: Hex };
  const own = await bundler<{ readonly fast: Fees }>("pimlico_getUserOperationGasPrice", []);
  if (own.kind === "ok") {
    const { maxFeePerGas, maxPriorityFeePerGas } = own.value.fast;
    return {
      kind: "ok",
      value: { max: BigInt(maxFeePerGas), priority: BigInt(maxPriorityFeePerGas) },
    };
  }
  const price = await node<Hex>("eth_gasPrice", []);
  if (price.kind !== "ok") return price;
  const priority = await node<Hex>("eth_maxPriorityFeePerGas", []);
  if (priority.kind !== "ok") return priority;
  const max = (BigInt(price.value) * 3n) / 2n;
  const tip = BigInt(priority.value);
  return { kind: "ok", value: { max: max > tip ? max : tip, priority: tip } };
}

/** Hands an operation over. An operation that the bundler knows already was handed over. */
export async function sendOperation(
  bundler: Rpc,
  operation: UserOperation,
  entryPoint: Address,
): Promise<Outcome<Hex>> {
  const answer = await bundler<Hex>("eth_sendUserOperation", [operation, entryPoint]);
  if (answer.kind !== "final") return answer;
  if (/already known|already exists|already in/i.test(answer.reason)) {
    return { kind: "ok", value: "0x" };
  }
  return refusalOf(answer);
}

/** AA21 passes when the session account is funded; everything else is about the operation. */
function refusalOf(answer: Extract<Outcome<never>, { kind: "final" }>): Outcome<never> {
  const reason = revertReason(answer.reason, answer.data);
  if (/\bAA21\b/.test(answer.reason)) {
    return { kind: "retry", reason: "the session account can't pay the fee (AA21)" };
  }
  return { ...answer, reason };
}
