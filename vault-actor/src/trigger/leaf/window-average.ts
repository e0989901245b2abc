/** The time-weighted average of a signal. Pure. */
import type { WindowAverage } from "#gen/trigger/v1/signal_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** The time-weighted average of a signal. */
export const windowAverage: LeafKind<WindowAverage> = unserved("window_average", "level");
