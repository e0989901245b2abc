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
 * of them or none. The caveats see each call alone. `argsOf`: what each caveat's enforcer is handed
 * beside its terms, in order (`session/permission-args.ts`). Absent: nothing.
 */
export function encodeRedemption(
  permission: Permission,
  calls: readonly AccountCall[],
  argsOf: (call: AccountCall) => readonly Hex[] = () => [],
): Hex {
  const contextOf = (call: AccountCall) => contextWith(permission, argsOf(call));
  const executions = calls.map(({ target, value, data }) =>
    encodePacked(["address", "uint256", "bytes"], [target, value, data]),
  );
  return encodeFunctionData({
    abi: managerAbi,
    functionName: "redeemDelegations",
    args: [calls.map(contextOf), calls.map(() => singleDefault), executions],
  });
}

/** An operation is built anew wherever it is compared: the same permission is encoded once. */
const encoded = new WeakMap<Permission, Map<string, Hex>>();

function contextWith(permission: Permission, args: readonly Hex[]): Hex {
  const known = encoded.get(permission) ?? new Map<string, Hex>();
  encoded.set(permission, known);
  const key = args.join();
  const context = known.get(key) ?? encodeContext(permission, args);
  if (known.size >= maxEncoded) known.clear();
  known.set(key, context);
  return context;
}

/** How many are kept of a permission: as many as there are different arguments. */
const maxEncoded = 16;

function encodeContext(permission: Permission, args: readonly Hex[]): Hex {
  const { delegate, delegator, authority, caveats, salt, signature } = permission;
  return encodeDelegations([
    {
      delegate,
      delegator,
      authority,
      caveats: caveats.map((caveat, index) => ({ ...caveat, args: args[index] ?? "0x" })),
      salt,
      signature,
    },
  ]) as Hex;
}
