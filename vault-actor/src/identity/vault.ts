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
  readonly identityKeyId: string;
  /** Grants of another epoch are void. */
  readonly authorityEpoch: number;
  readonly version: number;
  readonly freeze: Freeze | undefined;
  readonly createdMs: number;
};
