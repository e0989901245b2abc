/** The methods of SignalService, put together. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { SignalService } from "#gen/signal/v1/signal_service";
import { publicSeries } from "../series/meaning.ts";
import { type HistoryMethodDeps, historyMethods } from "./history-methods.ts";
import { type OverviewDeps, overviewMethod } from "./overview-method.ts";
import { type PublishDeps, publishMethod } from "./publish-method.ts";
import { type PullMethodDeps, pullMethods } from "./pull-methods.ts";
import { type SeriesMethodDeps, seriesMethods } from "./series-methods.ts";
import { type WatchDeps, watchMethod } from "./watch-method.ts";

/** What the methods need. */
export type SignalMethodDeps = SeriesMethodDeps &
  HistoryMethodDeps &
  PullMethodDeps &
  WatchDeps &
  PublishDeps &
  OverviewDeps;

/** The methods of SignalService. */
export function signalMethods(deps: SignalMethodDeps): Partial<ServiceImpl<typeof SignalService>> {
  // What is not to be passed on is not told, not even that it is there.
  const forAll = { ...deps, registry: publicSeries(deps.registry) };
  return {
    ...seriesMethods(forAll),
    ...historyMethods(forAll),
    ...pullMethods(deps),
    ...watchMethod(deps),
    ...publishMethod(deps),
    ...overviewMethod(deps),
  };
}
