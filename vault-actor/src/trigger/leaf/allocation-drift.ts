/** A portfolio away from its target weights. Pure. */
import type { AllocationDrift } from "#gen/trigger/v1/chain_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** A portfolio away from its target weights. */
export const allocationDrift: LeafKind<AllocationDrift> = unserved("allocation_drift", "level");
