/** A threshold that several observations in a row meet. Pure. */
import type { ConsecutiveObservations } from "#gen/trigger/v1/signal_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** A threshold that several observations in a row meet. */
export const consecutiveObservations: LeafKind<ConsecutiveObservations> = unserved(
  "consecutive_observations",
  "level",
);
