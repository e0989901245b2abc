/** How much may leave, and how often. Pure data. Windows roll: the last so many milliseconds. */

/** The most that may leave within any window of a length. */
export type WindowLimit = { readonly windowMs: number; readonly max: bigint };

/** How much of an asset may leave. `asset` is a CAIP-19 id. */
export type AssetLimit = {
  readonly asset: string;
  readonly maxPerOperation: bigint;
  readonly windows: readonly WindowLimit[];
};

/** How much may leave over all assets, in millionths of a US dollar. */
export type UsdLimit = WindowLimit & {
  /** `undefined`: no limit beyond the window's. */
  readonly maxPerOperation: bigint | undefined;
};

/** How many operations may start, or new recipients receive, within any window of a length. */
export type CountLimit = { readonly windowMs: number; readonly max: number };
