/**
 * GetOverview: how the service and all vaults together are doing, for operators.
 *
 * Read from the database each time: an overview from memory would look best when nothing works.
 */
import { create } from "@bufbuild/protobuf";
import { durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { GetOverviewResponseSchema } from "#gen/signal/v1/overview_messages";
import type { SignalService } from "#gen/signal/v1/signal_service";
import { TelemetryFactSchema } from "#gen/signal/v1/telemetry";
import type { Configured } from "../source/source.ts";
import { latestPublished } from "../store/overview-store.ts";
import type { Sql } from "../store/postgres.ts";
import { listSources } from "../store/source-store.ts";
import { sumSince } from "../store/telemetry-store.ts";
import { operatorOf } from "./caller.ts";

/** What it needs. */
export type OverviewDeps = {
  readonly database: <T>(use: (sql: Sql) => Promise<T>) => Promise<T>;
  /** Every source that there could be, on or off. */
  readonly catalog: readonly Configured[];
  readonly pace: number;
  readonly now: () => number;
};

/** How far back it looks unless told, in milliseconds. */
const hourMs = 3_600_000;

const minuteMs = 60_000;

/** The method. */
export function overviewMethod(
  deps: OverviewDeps,
): Pick<ServiceImpl<typeof SignalService>, "getOverview"> {
  const { database, catalog, pace } = deps;
  return {
    async getOverview({ window }, context) {
      operatorOf(context);
      const nowMs = deps.now();
      const windowMs = window === undefined ? hourMs : durationMs(window);
      // Whole minutes, as they are kept: the first is that in which the window begins.
      const sinceMs = Math.floor((nowMs - windowMs) / minuteMs) * minuteMs;
      return database(async (sql) => {
        const published = await latestPublished(sql);
        const sources = await listSources(sql, catalog, { nowMs, pace });
        const { facts, batches } = await sumSince(sql, sinceMs);
        return create(GetOverviewResponseSchema, {
          round: published?.round ?? 0n,
          ...(published && { publishTime: timestampFromMs(published.publishMs) }),
          sources: [...sources],
          facts: facts.map((fact) =>
            create(TelemetryFactSchema, { ...fact, latencyBuckets: [...fact.latencyBuckets] }),
          ),
          batches,
        });
      });
    },
  };
}
