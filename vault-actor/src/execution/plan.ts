/** Makes the unsigned user operation of an act: the gas, the fee. Reads only. */
import { type Hex, hexToBigInt, toHex } from "viem";
import type { ChainConfig } from "../account/chain-config.ts";
import type { Outcome, Rpc } from "../account/node.ts";
import type { Permission, Session } from "../session/session.ts";
import { estimateGas, feePerGas } from "./bundler.ts";
import { type AccountCall, encodeRedemption } from "./redemption.ts";
import { deploymentOf } from "./session-operation.ts";
import {
  encodeExecute,
  laneNonce,
  placeholderSignature,
  type UserOperation,
} from "./user-operation.ts";

/** Where to ask. */
export type ChainAccess = {
  readonly chain: ChainConfig;
  readonly node: Rpc;
  readonly bundler: Rpc;
};

/** Builds the unsigned operation that redeems the session's permission for the calls. */
export async function buildOperation(
  executionName: string,
  calls: readonly AccountCall[],
  session: Session & { readonly permission: Permission },
  access: ChainAccess,
): Promise<Outcome<{ operation: UserOperation; fromBlock: number }>> {
  const { chain, node, bundler } = access;
  const [code, block, fees] = await Promise.all([
    node<Hex>("eth_getCode", [session.accountAddress, "latest"]),
    node<Hex>("eth_blockNumber", []),
    feePerGas(bundler, node),
  ]);
  if (code.kind !== "ok") return code;
  if (block.kind !== "ok") return block;
  if (fees.kind !== "ok") return fees;
  const redemption = encodeRedemption(session.permission, calls);
  const draftOperation: UserOperation = {
    sender: session.accountAddress,
    nonce: laneNonce(executionName),
    ...(code.value === "0x" ? deploymentOf(session, chain) : {}),
    callData: encodeExecute(chain.delegationManager, redemption),
    callGasLimit: "0x0",
    verificationGasLimit: "0x0",
    preVerificationGas: "0x0",
    maxFeePerGas: toHex(fees.value.max),
    maxPriorityFeePerGas: toHex(fees.value.priority),
    signature: placeholderSignature,
  };
  const gas = await estimateGas(bundler, draftOperation, chain.entryPoint);
  if (gas.kind !== "ok") return gas;
  const operation = {
    ...draftOperation,
    callGasLimit: toHex(gas.value.callGasLimit),
    verificationGasLimit: toHex(gas.value.verificationGasLimit),
    preVerificationGas: toHex(gas.value.preVerificationGas),
    signature: "0x" as const,
  };
  return { kind: "ok", value: { operation, fromBlock: Number(hexToBigInt(block.value)) } };
}
