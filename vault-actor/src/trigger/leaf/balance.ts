/** The balance of an account. Pure. */
import type { Balance } from "#gen/trigger/v1/chain_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** The balance of an account. */
export const balance: LeafKind<Balance> = unserved("balance", "level");
