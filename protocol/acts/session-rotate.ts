/** The act with which owners have one session take over from another. */
import type { Hex } from "viem";
import { type Act, act, type Consent } from "./act.ts";

/** Installs the on-chain permission of a session, and stops using the one that it replaces. */
export function sessionRotateAct(
  vaultId: string,
  session: { readonly name: string; readonly keyAddress: string; readonly account: string },
  replaces: { readonly name: string; readonly keyAddress: string },
  permission: { readonly hash: Hex; readonly expiresSeconds: bigint },
  consent: Consent,
): Act {
  const statement =
    "Let this Metavault use the on-chain permission below, which I signed, through its new session account, and stop using the old session for good.";
  return act(
    "SessionRotate",
    vaultId,
    statement,
    [
      ["session", "string", session.name],
      ["sessionKey", "address", session.keyAddress],
      ["sessionAccount", "string", session.account],
      ["permissionHash", "bytes32", permission.hash],
      ["permissionUntil", "uint64", permission.expiresSeconds],
      ["replaces", "string", replaces.name],
      ["replacedKey", "address", replaces.keyAddress],
    ],
    consent,
  );
}
