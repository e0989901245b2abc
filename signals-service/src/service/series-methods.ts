/** The methods that tell what is published. */
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { SignalService } from "#gen/signal/v1/signal_service";
import type { RoundCache } from "../publish/cache.ts";
import type { Registry } from "../series/registry.ts";
import { holdUntil } from "./holding.ts";
import { idIn, notFound } from "./names.ts";
import { readToken, sizeOf, writeToken } from "./page.ts";

/** What the methods need. */
export type SeriesMethodDeps = {
  readonly registry: Registry;
  readonly cache: RoundCache;
  readonly periodMs: number;
  readonly now: () => number;
};

/** The methods. */
export function seriesMethods(
  deps: SeriesMethodDeps,
): Pick<ServiceImpl<typeof SignalService>, "getSeries" | "listSeries"> {
  const { registry, cache, periodMs, now } = deps;
  // They change with a deployment only, and are asked for without the database.
  const hold = (context: HandlerContext) =>
    holdUntil(context, cache.peek()?.nextPublishMs ?? now() + periodMs, now());
  return {
    getSeries(request, context) {
      const series = registry.get(idIn(request.name));
      if (series === undefined) throw notFound(request.name);
      hold(context);
      return { series };
    },

    listSeries(request, context) {
      const size = sizeOf(request.pageSize);
      const [after = ""] = readToken("series", request.pageToken, [/^./]) ?? [];
      const rest = [...registry.values()].filter((series) => series.id > after);
      const page = rest.slice(0, size);
      const last = page.at(-1)?.id ?? "";
      hold(context);
      return {
        series: page,
        nextPageToken: rest.length > size ? writeToken("series", [last]) : "",
      };
    },
  };
}
