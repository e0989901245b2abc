/** A signal that comes back from its extreme. Pure. */
import type { TrailingStop } from "#gen/trigger/v1/signal_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** A signal that comes back from its extreme. */
export const trailingStop: LeafKind<TrailingStop> = unserved("trailing_stop", "level");
