/** Redeems permissions on a bare chain, the way a holder of a session's key can: any calls at all. */
import { encodeDelegations } from "@metamask/delegation-core";
import { encodeFunctionData, encodePacked, type Hex, parseAbi } from "viem";
import type { KnownEnforcers } from "#protocol/permission/read-caveat";
import { argsFor, type RedeemedCall } from "../../vault-actor/src/session/permission-args.ts";
import type { Permission } from "../../vault-actor/src/session/session.ts";

const abi = parseAbi([
  "function redeemDelegations(bytes[] contexts, bytes32[] modes, bytes[] executions)",
]);

/** One redemption of one permission for one call. */
export type Redemption = {
  readonly permission: Permission;
  readonly call: RedeemedCall;
  /** What each caveat's enforcer is handed. Absent: what fits the call. */
  readonly args?: readonly Hex[];
};

/** The call data for the delegation manager: several redemptions, in order. */
export function encodeRedemptions(
  redemptions: readonly Redemption[],
  enforcers: KnownEnforcers,
): Hex {
  const contexts = redemptions.map(({ permission, call, args }) => {
    const given = args ?? argsFor(permission, call, enforcers);
    const caveats = permission.caveats.map((caveat, i) => ({ ...caveat, args: given[i] ?? "0x" }));
    return encodeDelegations([{ ...permission, caveats }]) as Hex;
  });
  const executions = redemptions.map(({ call: { target, value, data } }) =>
    encodePacked(["address", "uint256", "bytes"], [target, value, data]),
  );
  const modes = redemptions.map((): Hex => `0x${"00".repeat(32)}`);
  return encodeFunctionData({
    abi,
    functionName: "redeemDelegations",
    args: [contexts, modes, executions],
  });
}
