/** Tells how far an execution came in one go. Pure. */
import type { ExecutionState } from "../execution/execution.ts";
import type { Telemetry } from "./telemetry.ts";

/** What is looked at of an execution. */
export type Progress = {
  readonly state: ExecutionState;
  readonly createdMs: number;
  readonly signedMs: number | undefined;
  readonly failure: { readonly reason: string } | undefined;
};

const isOver = (state: ExecutionState) => state === "FINAL" || state === "FAILED";

/** Tells what is new: that it was signed, that it ended. */
export function tellProgress(
  note: Telemetry["note"],
  before: Progress | undefined,
  after: Progress | undefined,
  nowMs: number,
): void {
  if (before === undefined || after === undefined) return;
  const { createdMs, signedMs } = after;
  if (signedMs !== undefined && signedMs !== before.signedMs) {
    note("SIGNING", "ok", signedMs - createdMs);
  }
  if (isOver(before.state) || !isOver(after.state)) return;
  note("SETTLEMENT", after.failure?.reason ?? "final", nowMs - createdMs);
}
