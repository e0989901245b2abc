/**
 * The calls with which an account ends permissions that it gave, and the nonce that keeps such an
 * operation valid until it is sent. Pure.
 */
import { encodeFunctionData, type Hex, keccak256, parseAbi, toHex } from "viem";
import type { Address } from "../names.ts";

const struct = [
  "struct Caveat { address enforcer; bytes terms; bytes args; }",
  "struct Delegation { address delegate; address delegator; bytes32 authority; Caveat[] caveats; uint256 salt; bytes signature; }",
] as const;
const managerAbi = parseAbi([...struct, "function disableDelegation(Delegation delegation)"]);
const nonceAbi = parseAbi(["function incrementNonce(address manager)"]);
const executeAbi = parseAbi([
  "struct Execution { address target; uint256 value; bytes callData; }",
  "function execute(Execution execution) payable",
]);

/** A delegation that was signed. */
export type SignedDelegationData = {
  readonly delegate: Address;
  readonly delegator: Address;
  readonly authority: Hex;
  readonly caveats: readonly { readonly enforcer: Address; readonly terms: Hex }[];
  readonly salt: bigint;
  readonly signature: Hex;
};

/** The call data for an account, or for the delegation manager, that disables one permission. */
export function disableCall(permission: SignedDelegationData): Hex {
  const caveats = permission.caveats.map((caveat) => ({ ...caveat, args: "0x" as const }));
  return encodeFunctionData({
    abi: managerAbi,
    functionName: "disableDelegation",
    args: [{ ...permission, caveats }],
  });
}

/** The call data for the kill switch: every permission with a nonce of before ends. */
export function killSwitchCall(delegationManager: Address): Hex {
  return encodeFunctionData({
    abi: nonceAbi,
    functionName: "incrementNonce",
    args: [delegationManager],
  });
}

/** The call data with which a delegator account makes one call without value. */
export function executeCall(target: Address, callData: Hex): Hex {
  return encodeFunctionData({
    abi: executeAbi,
    functionName: "execute",
    args: [{ target, value: 0n, callData }],
  });
}

/**
 * The nonce of a session's revocation: a lane of its own (ERC-4337 two-dimensional nonces), which
 * nothing else of the account ever moves, and sequence 0.
 */
export function revocationNonce(sessionName: string): Hex {
  const lane = keccak256(toHex(`${sessionName}/revocation`)).slice(2, 2 + 48);
  return toHex(BigInt(`0x${lane}0000000000000000`));
}
