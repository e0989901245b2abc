/** Encodes the redemption of an ERC-7710 delegation: the owner's permission, put to use. Pure. */
import { encodeDelegations } from "@metamask/delegation-core";
import { encodeFunctionData, encodePacked, type Hex, parseAbi } from "viem";
import type { Address } from "#protocol/names";
import type { Permission } from "../session/session.ts";

const managerAbi = parseAbi([
  "function redeemDelegations(bytes[] contexts, bytes32[] modes, bytes[] executions)",
]);

/** ERC-7579 execution mode: one call, revert on failure. */
const singleDefault: Hex = `0x${"00".repeat(32)}`;

/** One call that the vault's account shall make. */
export type AccountCall = { readonly target: Address; readonly value: bigint; readonly data: Hex };

/**
 * The call data for the delegation manager: redeem `permission` once for each call, in order. All
 * of them or none. The caveats see each call alone.
 */
export function encodeRedemption(permission: Permission, calls: readonly AccountCall[]): Hex {
  const { delegate, delegator, authority, caveats, salt, signature } = permission;
  const context = encodeDelegations([
    {
      delegate,
      delegator,
      authority,
      caveats: caveats.map((caveat) => ({ ...caveat, args: "0x" as const })),
      salt,
      signature,
    },
  ]) as Hex;
  const executions = calls.map(({ target, value, data }) =>
    encodePacked(["address", "uint256", "bytes"], [target, value, data]),
  );
  return encodeFunctionData({
    abi: managerAbi,
    functionName: "redeemDelegations",
    args: [calls.map(() => context), calls.map(() => singleDefault), executions],
  });
}
