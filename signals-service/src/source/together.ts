/** Puts together what a source that asks once a series could read. Pure. */
import { ok, type Result } from "#protocol/result";
import type { AskFailure, Reading, SourceReadings } from "./source.ts";

/**
 * What could be read: a series that could not keeps its last reading, and that ages. Fails as the
 * first one did when nothing could be.
 */
export function together(
  read: readonly Result<Reading, AskFailure>[],
): Result<SourceReadings, AskFailure> {
  const readings = read.flatMap((one) => (one.ok ? one.value : []));
  const failed = read.find((one) => !one.ok);
  if (readings.length === 0 && failed !== undefined) return failed;
  return ok({ readings, events: [] });
}
