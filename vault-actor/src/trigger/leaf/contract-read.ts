/** What a view function answers. Pure. */
import type { ContractRead } from "#gen/trigger/v1/chain_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** What a view function answers. */
export const contractRead: LeafKind<ContractRead> = unserved("contract_read", "level");
