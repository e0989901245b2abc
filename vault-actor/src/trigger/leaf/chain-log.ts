/** A log on chain. Pure. */
import type { ChainLog } from "#gen/trigger/v1/chain_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** A log on chain. */
export const chainLog: LeafKind<ChainLog> = unserved("chain_log", "point");
