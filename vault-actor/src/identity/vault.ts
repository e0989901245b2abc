/** The vault's own record: who it belongs to, and whether it acts. Pure. */

/** How the account proved its owner at the claim. */
export type RootKind = "EOA" | "COUNTERFACTUAL" | "CONTRACT" | "EIP7702";

/** A freeze: who, why and when. */
export type Freeze = { readonly by: string; readonly reason: string; readonly atMs: number };

/** The vault's record. Present exactly when the vault is claimed. */
export type Vault = {
  /** The CAIP-10 account. */
  readonly vaultId: string;
  readonly rootKind: RootKind;
  /** The salt of a counterfactual account's deployment: 32 bytes as hexadecimal. */
  readonly deploySalt: string;
  /** The credential's id of an account's first passkey; empty for none. */
  readonly deployPasskeyId: string;
  readonly identityKeyId: string;
  /** Grants of another epoch are void. */
  readonly authorityEpoch: number;
  readonly version: number;
  readonly freeze: Freeze | undefined;
  readonly createdMs: number;
  /** Grows by one when a stronger proof takes the vault over. */
  readonly claimEpoch: number;
  /** The member that proved the root: at the claim, or the owner that the chain names since. */
  readonly rootOwner: string;
  /** What was at the account at last sight (`rootCodeText`). `undefined` when it was not seen. */
  readonly rootCode: string | undefined;
  /** When a claim on the word of nodes alone becomes final. */
  readonly provisionalMs: number | undefined;
  /** No proof that was made before this counts. */
  readonly floorMs: number;
  /** How often a restore of the storage was found out. */
  readonly generation: number;
  /** When the last restore was found out, until the vault has been compared with the chain. */
  readonly restoredMs: number | undefined;
};

/** Whether the claim still rests on the word of nodes alone. */
export function isProvisionalAt(vault: Vault, nowMs: number): boolean {
  return vault.provisionalMs !== undefined && nowMs < vault.provisionalMs;
}

/** Whether the vault may not act now. */
export function isHaltedAt(vault: Vault, nowMs: number): boolean {
  return vault.freeze !== undefined || isProvisionalAt(vault, nowMs);
}
