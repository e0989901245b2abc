/** The health of a lending position. Pure. */
import type { HealthFactor } from "#gen/trigger/v1/chain_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** The health of a lending position. */
export const healthFactor: LeafKind<HealthFactor> = unserved("health_factor", "level");
