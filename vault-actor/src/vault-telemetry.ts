/** Where a vault's work is told of: narrow hooks for its parts, one port behind them. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Firing } from "#gen/trigger/v1/firing";
import type { Reason } from "#protocol/failure";
import type { OutcomeWord } from "#protocol/telemetry";
import { readExecution } from "./execution/store.ts";
import type { JobOutcome } from "./scheduler/job.ts";
import type { AlarmInfo } from "./scheduler/scheduler.ts";
import type { Database } from "./storage/database.ts";
import { tellProgress } from "./telemetry/executions.ts";
import { noTelemetry, type Telemetry } from "./telemetry/telemetry.ts";

/** Creates the hooks of one vault. */
export function tellOf(parts: {
  readonly telemetry?: Telemetry | undefined;
  readonly db: Database;
  readonly now: () => number;
}) {
  const { db, now } = parts;
  const { note, flush } = parts.telemetry ?? noTelemetry;
  return {
    answered: (outcome: Reason | "ok", tookMs: number) => note("CALL", outcome, tookMs),
    pulled: (outcome: OutcomeWord) => note("PULL", outcome),

    /** Looks, and tells of it. */
    async look(watch: () => Promise<JobOutcome>): Promise<JobOutcome> {
      const startMs = now();
      const outcome = await watch().catch((fault: unknown) => {
        note("LOOK", "fault", now() - startMs);
        throw fault;
      });
      note("LOOK", "ok", now() - startMs);
      return outcome;
    },

    fired({ decision, inputs }: Firing): void {
      const outcome = decision?.allowed === true ? "allowed" : (decision?.reason ?? "");
      const times = inputs?.observations.flatMap(({ publishTime: time }) => time ?? []) ?? [];
      const publishMs = Math.max(...times.map(timestampMs));
      // A schedule saw nothing that was published.
      note("FIRING", outcome, Number.isFinite(publishMs) ? now() - publishMs : undefined);
    },

    /** Moves an execution on, and tells how far it came. */
    async advance(
      executionId: string,
      advance: (executionId: string) => Promise<JobOutcome>,
    ): Promise<JobOutcome> {
      const before = readExecution(db, executionId);
      const outcome = await advance(executionId);
      tellProgress(note, before, readExecution(db, executionId), now());
      return outcome;
    },

    /** An alarm ran, so much later than it was set for. */
    alarm(info: AlarmInfo | undefined): void {
      const setMs = info?.scheduledTime;
      note("ALARM", "ok", setMs === undefined ? undefined : now() - setMs);
    },

    flush,
  };
}
