/** Reads a duration that the contract requires. Pure. */
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";

/** A duration in milliseconds. 0 without one. */
export function lengthOf(duration: Duration | undefined): number {
  return duration === undefined ? 0 : durationMs(duration);
}
