/**
 * Builds ERC-4337 user operations (EntryPoint 0.7 and 0.8) of a session account.
 *
 * Pure. The account is a HybridDeleGator: it signs the operation as EIP-712 typed data of its own
 * that names the entry point, whatever its version. The versions pack alike and differ in the hash
 * by which an operation is known: 0.8's is that of EIP-712 typed data. Every execution has a nonce
 * lane of its own (ERC-4337 2D nonces), so that of all operations ever signed for it at most one
 * can land.
 */
import {
  decodeAbiParameters,
  decodeFunctionData,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  hashTypedData,
  keccak256,
  parseAbi,
  parseAbiParameters,
  toHex,
} from "viem";
import {
  getUserOperationHash,
  toPackedUserOperation,
  type UserOperation as ViemUserOperation,
} from "viem/account-abstraction";
import { packedOperationData } from "#protocol/account/packed-operation";
import { decodeOnce } from "#protocol/decode-once";
import type { Address } from "#protocol/names";
import type { EntryPointVersion } from "../account/chain-extras.ts";

/** An operation in its JSON-RPC form: quantities and bytes as hexadecimal. */
export type UserOperation = {
  readonly sender: Address;
  readonly nonce: Hex;
  readonly factory?: Address;
  readonly factoryData?: Hex;
  readonly callData: Hex;
  readonly callGasLimit: Hex;
  readonly verificationGasLimit: Hex;
  readonly preVerificationGas: Hex;
  readonly maxFeePerGas: Hex;
  readonly maxPriorityFeePerGas: Hex;
  /** Who pays the fee instead of the account. All four or none. */
  readonly paymaster?: Address;
  readonly paymasterData?: Hex;
  readonly paymasterVerificationGasLimit?: Hex;
  readonly paymasterPostOpGasLimit?: Hex;
  readonly signature: Hex;
};

/** A signature of the right shape, for estimates. */
export const placeholderSignature: Hex =
  "0xfffffffffffffffffffffffffffffff0000000000000000000000000000000007aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1c";

const accountAbi = parseAbi([
  "struct Execution { address target; uint256 value; bytes callData; }",
  "function execute(Execution execution) payable",
]);

/** The call data with which the session account calls `target`. */
export function encodeExecute(target: Address, callData: Hex): Hex {
  return encodeFunctionData({
    abi: accountAbi,
    functionName: "execute",
    args: [{ target, value: 0n, callData }],
  });
}

/** ERC-7579 execution mode: several calls, revert all when one fails. */
const batchDefault: Hex = `0x01${"00".repeat(31)}`;

const batchAbi = parseAbi(["function execute(bytes32 mode, bytes executionCalldata) payable"]);
const executionsType = parseAbiParameters(
  "(address target, uint256 value, bytes callData)[] executions",
);

/** The call data with which the session account makes several calls, in order, or none. */
export function encodeExecuteBatch(calls: readonly SessionCall[]): Hex {
  const executions = calls.map(({ target, value, data }) => ({ target, value, callData: data }));
  return encodeFunctionData({
    abi: batchAbi,
    functionName: "execute",
    args: [batchDefault, encodeAbiParameters(executionsType, [executions])],
  });
}

/** A call of the session account. */
type SessionCall = { readonly target: Address; readonly value: bigint; readonly data: Hex };

/** The calls that the session account makes with such call data, in order. */
export function decodeExecute(callData: Hex): readonly SessionCall[] {
  const { args } = decodeFunctionData({ abi: [...accountAbi, ...batchAbi], data: callData });
  const executions =
    args.length === 1 ? [args[0]] : decodeAbiParameters(executionsType, args[1])[0];
  return executions.map(({ target, value, callData: data }) => ({
    target: target.toLowerCase() as Address,
    value,
    data,
  }));
}

/** The nonce of an execution: its own lane, sequence 0. */
export const laneNonce = decodeOnce((executionName: string): Hex => {
  const lane = keccak256(toHex(executionName)).slice(2, 2 + 48);
  return toHex(BigInt(`0x${lane}0000000000000000`));
});

/**
 * The most that an operation can cost, in base units of the native asset, whoever pays it: what
 * a paymaster pays counts too.
 */
export function maxFeeOf(operation: UserOperation): bigint {
  const gas =
    BigInt(operation.callGasLimit) +
    BigInt(operation.verificationGasLimit) +
    BigInt(operation.preVerificationGas) +
    BigInt(operation.paymasterVerificationGasLimit ?? 0) +
    BigInt(operation.paymasterPostOpGasLimit ?? 0);
  return gas * BigInt(operation.maxFeePerGas);
}

/** The hash under which bundlers and the entry point know the operation. */
export function operationHash(
  operation: UserOperation,
  entryPoint: Address,
  chainId: number,
  entryPointVersion: EntryPointVersion,
): Hex {
  return getUserOperationHash({
    userOperation: toViem(operation),
    entryPointAddress: entryPoint,
    entryPointVersion,
    chainId,
  });
}

/** The operation as the entry point takes it (ERC-4337 `PackedUserOperation`). */
export function packOperation(operation: UserOperation): ReturnType<typeof toPackedUserOperation> {
  return toPackedUserOperation(toViem(operation));
}

/** The digest that the session key signs. */
export function signingDigest(operation: UserOperation, entryPoint: Address, chainId: number): Hex {
  return hashTypedData(packedOperationData(packOperation(operation), entryPoint, chainId));
}

function toViem(operation: UserOperation): ViemUserOperation<"0.7"> {
  return {
    sender: operation.sender,
    nonce: BigInt(operation.nonce),
    ...(operation.factory === undefined ? {} : { factory: operation.factory }),
    ...(operation.factoryData === undefined ? {} : { factoryData: operation.factoryData }),
    callData: operation.callData,
    callGasLimit: BigInt(operation.callGasLimit),
    verificationGasLimit: BigInt(operation.verificationGasLimit),
    preVerificationGas: BigInt(operation.preVerificationGas),
    maxFeePerGas: BigInt(operation.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(operation.maxPriorityFeePerGas),
    ...paymasterOf(operation),
    signature: operation.signature,
  };
}

function paymasterOf(operation: UserOperation): Partial<ViemUserOperation<"0.7">> {
  const { paymaster, paymasterData = "0x" } = operation;
  if (paymaster === undefined) return {};
  return {
    paymaster,
    paymasterData,
    paymasterVerificationGasLimit: BigInt(operation.paymasterVerificationGasLimit ?? 0),
    paymasterPostOpGasLimit: BigInt(operation.paymasterPostOpGasLimit ?? 0),
  };
}
