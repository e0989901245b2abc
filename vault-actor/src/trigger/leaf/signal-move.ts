/** A signal that moves by a percentage within a window. Pure. */
import type { SignalMove } from "#gen/trigger/v1/signal_condition";
import type { LeafKind } from "../leaf-kind.ts";
import { unserved } from "./unserved.ts";

/** A signal that moves by a percentage within a window. */
export const signalMove: LeafKind<SignalMove> = unserved("signal_move", "level");
