/** Which calls may be made. Pure data. */

/** What one 32-byte word of a call's arguments must be. Words are `0x` and 64 lowercase digits. */
export type ArgumentRule = {
  /** `0x` and 8 hexadecimal digits. */
  readonly selector: string;
  /** Which word after the selector, from 0. */
  readonly word: number;
  readonly constraint: Constraint;
};

/** The constraint of a word. */
export type Constraint =
  | { readonly kind: "one_of"; readonly words: readonly string[] }
  /** An unsigned number; `max` `undefined`: no bound. */
  | { readonly kind: "range"; readonly min: bigint; readonly max: bigint | undefined }
  /** The address of the vault's own account. */
  | { readonly kind: "own_account" };

/**
 * Calls that may be made to one contract. `target` is a CAIP-10 id. Of one target a selector is in
 * one rule only.
 */
export type CallRule = {
  readonly target: string;
  readonly selectors: readonly string[];
  /** All must hold. */
  readonly arguments: readonly ArgumentRule[];
  /** The most native value of one call. `undefined`: no limit beyond the asset's. */
  readonly maxValue: bigint | undefined;
};
