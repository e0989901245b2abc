/** A point in time. Pure. */
import type { Schedule } from "#gen/trigger/v1/schedule";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** A point in time. */
export const schedule: LeafKind<Schedule> = unserved("schedule", "point");
