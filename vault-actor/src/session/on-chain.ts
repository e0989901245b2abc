/**
 * Asks the chain about permissions, by quorum: whether one is disabled, what the account's kill
 * switch is at, whether the account accepts a signed revocation.
 */
import {
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
  hexToBigInt,
  parseAbi,
  toHex,
} from "viem";
import { toPackedUserOperation } from "viem/account-abstraction";
import type { Address } from "#protocol/names";
import { readCaveat } from "#protocol/permission/read-caveat";
import type { Ask } from "../account/quorum.ts";
import type { EnforcementChain } from "./enforcement.ts";
import { permissionHash } from "./permission.ts";
import type { RevocationOperation } from "./revocation.ts";
import type { Permission } from "./session.ts";

const abi = parseAbi([
  "function disabledDelegations(bytes32 hash) view returns (bool)",
  "function currentNonce(address manager, address delegator) view returns (uint256)",
  "struct PackedUserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; bytes32 accountGasLimits; uint256 preVerificationGas; bytes32 gasFees; bytes paymasterAndData; bytes signature; }",
  "function validateUserOp(PackedUserOperation operation, bytes32 hash, uint256 missing) returns (uint256)",
]);

/** Enough for a passkey that is checked in Solidity. */
const gasLimit = toHex(5_000_000);

/**
 * Whether a permission can be used no more: it is disabled, or the kill switch left its nonce.
 * `undefined` when the nodes give no answer.
 */
export async function isDisabled(
  ask: Ask,
  permission: Permission,
  chain: EnforcementChain & { readonly delegationManager: Address },
): Promise<boolean | undefined> {
  const { delegationManager, enforcers } = chain;
  const data = encodeFunctionData({
    abi,
    functionName: "disabledDelegations",
    args: [permissionHash(permission)],
  });
  const nonces = permission.caveats.flatMap((caveat) => {
    const read = readCaveat(caveat, enforcers);
    return read.kind === "nonce" ? [read.nonce] : [];
  });
  const [disabled, current] = await Promise.all([
    ask("eth_call", [{ to: delegationManager, data }]),
    nonces.length === 0
      ? undefined
      : killSwitch(ask, permission.delegator, delegationManager, enforcers.nonce),
  ]);
  if (disabled.kind !== "value" || disabled.value.length !== 66) return undefined;
  if (hexToBigInt(disabled.value) === 1n) return true;
  if (nonces.length === 0) return false;
  return current === undefined ? undefined : nonces.some((nonce) => nonce !== current);
}

/** What an account's kill switch is at. `undefined` when the nodes give no answer. */
export async function killSwitch(
  ask: Ask,
  account: Address,
  delegationManager: Address,
  enforcer: Address | undefined,
): Promise<bigint | undefined> {
  if (enforcer === undefined) return undefined;
  const data = encodeFunctionData({
    abi,
    functionName: "currentNonce",
    args: [delegationManager, account],
  });
  const answer = await ask("eth_call", [{ to: enforcer, data }]);
  if (answer.kind !== "value" || answer.value.length !== 66) return undefined;
  return hexToBigInt(answer.value);
}

/** Whether the account accepts an operation's signature, as the entry point will ask it. */
export async function acceptsOperation(
  ask: Ask,
  operation: RevocationOperation,
  hash: Hex,
  entryPoint: Address,
): Promise<"valid" | "invalid" | "unavailable"> {
  const packed = toPackedUserOperation({
    ...operation,
    nonce: BigInt(operation.nonce),
    callGasLimit: BigInt(operation.callGasLimit),
    verificationGasLimit: BigInt(operation.verificationGasLimit),
    preVerificationGas: BigInt(operation.preVerificationGas),
    maxFeePerGas: BigInt(operation.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(operation.maxPriorityFeePerGas),
  });
  const data = encodeFunctionData({
    abi,
    functionName: "validateUserOp",
    args: [packed, hash, 0n],
  });
  const to = operation.sender;
  const answer = await ask("eth_call", [{ from: entryPoint, to, data, gas: gasLimit }]);
  if (answer.kind === "unavailable") return "unavailable";
  // An account without code answers with nothing.
  if (answer.kind === "revert" || answer.value.length !== 66) return "invalid";
  const validity = decodeFunctionResult({
    abi,
    functionName: "validateUserOp",
    data: answer.value,
  });
  // Neither a failure nor an aggregator nor an end in time: it must stay valid until it is sent.
  return validity === 0n ? "valid" : "invalid";
}
