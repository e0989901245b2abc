/** The price of gas. Pure. */
import type { GasPrice } from "#gen/trigger/v1/chain_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** The price of gas. */
export const gasPrice: LeafKind<GasPrice> = unserved("gas_price", "level");
