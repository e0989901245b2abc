/**
 * What the key of a HybridDeleGator signs of a user operation: EIP-712 typed data that names the
 * entry point (`PackedUserOperation` of ERC-4337, as the delegation framework declares it). Pure.
 */
import type { toPackedUserOperation } from "viem/account-abstraction";
import type { Address } from "../names.ts";

/** Writes the typed data of a packed operation. */
export function packedOperationData(
  packed: ReturnType<typeof toPackedUserOperation>,
  entryPoint: Address,
  chainId: number,
) {
  return {
    domain: {
      name: "HybridDeleGator",
      version: "1",
      chainId,
      verifyingContract: packed.sender,
    },
    types: {
      PackedUserOperation: [
        { name: "sender", type: "address" },
        { name: "nonce", type: "uint256" },
        { name: "initCode", type: "bytes" },
        { name: "callData", type: "bytes" },
        { name: "accountGasLimits", type: "bytes32" },
        { name: "preVerificationGas", type: "uint256" },
        { name: "gasFees", type: "bytes32" },
        { name: "paymasterAndData", type: "bytes" },
        { name: "entryPoint", type: "address" },
      ],
    },
    primaryType: "PackedUserOperation" as const,
    message: { ...packed, entryPoint },
  };
}
