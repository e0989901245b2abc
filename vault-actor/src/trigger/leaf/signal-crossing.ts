/** A signal that crosses a constant. Pure. */
import type { SignalCrossing } from "#gen/trigger/v1/signal_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** A signal that crosses a constant. */
export const signalCrossing: LeafKind<SignalCrossing> = unserved("signal_crossing", "point");
