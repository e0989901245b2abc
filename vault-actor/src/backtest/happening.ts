/** What happened in the world that a backtest plays, one thing at a time. Pure data. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "#gen/signal/v1/event";
import type { Observation } from "#gen/signal/v1/observation";
import type { Inputs } from "#gen/trigger/v1/firing";
import type { ChainLogEntry, ChainReading } from "../chain/chain-read.ts";
import { fromChainLogs } from "../trigger/record.ts";

/** One thing that happened, and the whole millisecond from which on it was known. */
export type Happening = { readonly atMs: number } & (
  | { readonly kind: "observation"; readonly observation: Observation }
  | { readonly kind: "event"; readonly event: Event }
  | { readonly kind: "reading"; readonly key: string; readonly reading: ChainReading }
  /** The logs of a filter are read from now on. */
  | { readonly kind: "filter"; readonly key: string }
  | { readonly kind: "log"; readonly key: string; readonly log: ChainLogEntry }
);

/** An observation is known once it is published. */
export function ofObservation(observation: Observation): Happening {
  return { kind: "observation", atMs: msOf(observation.publishTime), observation };
}

/** An event is known once it is detected. History has its latest revision only. */
export function ofEvent(event: Event): Happening {
  return { kind: "event", atMs: msOf(event.detectTime), event };
}

/** A recorded value holds from its time on. */
export function ofChainValue(value: Inputs["chainValues"][number]): Happening {
  const atMs = msOf(value.time);
  const reading = {
    value: value.value === "" ? undefined : value.value,
    blockNumber: value.blockNumber,
    timeMs: atMs,
  };
  return { kind: "reading", atMs, key: value.key, reading };
}

/** A recorded log is known from the time of its block on; that its filter is read, always. */
export function ofChainLogs(page: Inputs["chainLogs"][number]): readonly Happening[] {
  const { key } = page;
  const logs = fromChainLogs(page).logs.map(
    (log) => ({ kind: "log", atMs: Math.ceil(log.timeMs), key, log }) as const,
  );
  return [{ kind: "filter", atMs: 0, key }, ...logs];
}

/** The oldest first; what happened at the same time stays in the order that it is given in. */
export function inOrder(happenings: readonly Happening[]): readonly Happening[] {
  return happenings.toSorted((a, b) => a.atMs - b.atMs);
}

function msOf(time: Parameters<typeof timestampMs>[0] | undefined): number {
  return time === undefined ? 0 : Math.ceil(timestampMs(time));
}
