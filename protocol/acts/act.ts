/**
 * The EIP-712 form of what owners consent to.
 *
 * Pure. Every act names the vault, says in words what it does, and carries its limits as
 * readable text, so that a wallet shows all that is signed. The domain has no
 * `verifyingContract`: wallets refuse typed data whose contract is one of their own accounts.
 */
import { type Hex, hashTypedData } from "viem";
import type { OwnerAct } from "#gen/vault/v1/authority";

type Field = { readonly name: string; readonly type: string };

/** The name of an act: the EIP-712 primary type. */
export type ActType =
  | "ClaimVault"
  | "KeyGrant"
  | "KeyRevoke"
  | "PolicyLoosen"
  | "PolicyVeto"
  | "SessionInstall"
  | "SessionRotate"
  | "SessionRevoke"
  | "Freeze"
  | "Unfreeze"
  | "OwnerRotation"
  | "Recovery"
  | "RecoveryCancel"
  | "IntentApproval";

/** One act, ready to be hashed or shown by a wallet. */
export type Act = {
  readonly type: ActType;
  readonly fields: readonly Field[];
  readonly message: Readonly<Record<string, unknown>>;
};

/** What limits the consent itself, from the request's `OwnerAct`. */
export type Consent = Pick<OwnerAct, "actId" | "expireTime" | "epoch">;

/** Puts an act together: the vault and the words first, the limits of the consent last. */
export function act(
  type: ActType,
  vaultId: string,
  statement: string,
  body: readonly (readonly [name: string, type: string, value: unknown])[],
  consent: Consent,
): Act {
  const rows = [
    ["vault", "string", vaultId],
    ["statement", "string", statement],
    ...body,
    ["authorityEpoch", "uint64", consent.epoch],
    ["validUntil", "uint64", consent.expireTime?.seconds ?? 0n],
    ["actId", "bytes32", consent.actId],
  ] as const;
  return {
    type,
    fields: rows.map(([name, type]) => ({ name, type })),
    message: Object.fromEntries(rows.map(([name, , value]) => [name, value])),
  };
}

/** The typed data that a wallet's `eth_signTypedData_v4` takes. */
export function typedData(act: Act, chainId: number) {
  return {
    domain: { name: "Metavault", version: "1", chainId },
    types: { [act.type]: [...act.fields] },
    primaryType: act.type,
    message: { ...act.message },
  };
}

/** The 32-byte digest that owners sign; also the challenge of a passkey's assertion. */
export function actDigest(act: Act, chainId: number): Hex {
  return hashTypedData(typedData(act, chainId));
}
