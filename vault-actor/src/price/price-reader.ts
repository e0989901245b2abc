/** Where prices come from: the port that `oracle-reader.ts` implements. */
import type { Outcome } from "../account/node.ts";
import type { PriceReadings } from "./price.ts";

/** Reads prices of a chain's assets, in the word of a quorum of its nodes. */
export type PriceReader = {
  /**
   * Reads what every configured source says about the assets now. An asset without a source,
   * and a source without an answer, is left out: what is missing decides nothing.
   */
  readonly read: (chainId: number, assets: readonly string[]) => Promise<Outcome<PriceReadings>>;
};
