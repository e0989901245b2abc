/**
 * The world as it unfolds in a backtest: what a vault would have known at each moment.
 *
 * Takes one thing after the other and never looks ahead. An observation is read again until the
 * next of its series; a chain value holds until the next of its key; a log is new at one look.
 */
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "#gen/signal/v1/event";
import type { Observation } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import type { ChainLogEntry, ChainReading, LogPage } from "../chain/chain-read.ts";
import { createPast, isPast, noRows } from "../signal/history.ts";
import type { Dependency } from "../trigger/leaf-kind.ts";
import type { WorldView } from "../trigger/view.ts";
import { asKnownAt, nextDoubtMs } from "./age-doubt.ts";
import type { Happening } from "./happening.ts";

/** How far back the feed publishes events, in milliseconds. */
export const eventWindowMs = 48 * 3_600_000;

/** The most events that the feed publishes at once. */
const maxEvents = 1000;

/** Creates a world of which nothing is known yet. */
export function createPastWorld(
  series: ReadonlyMap<string, Series>,
  depends: readonly Dependency[],
) {
  const wanted = depends.filter(isPast);
  const past = createPast(noRows);
  const observations = new Map<string, Observation>();
  const events = new Map<string, Event>();
  const readings = new Map<string, ChainReading>();
  const fresh = new Map<string, ChainLogEntry[]>();
  const readTo = new Map<string, bigint>();

  return {
    /** Takes the next thing that happened. */
    take(happening: Happening): void {
      switch (happening.kind) {
        case "observation": {
          const { observation, atMs } = happening;
          const { series: id } = observation;
          observations.set(id, observation);
          const known = asKnownAt(observation, series.get(id), atMs);
          past.note(new Map([[id, known]]), wanted, atMs);
          return;
        }
        case "event":
          events.set(happening.event.id, happening.event);
          return;
        case "reading":
          readings.set(happening.key, happening.reading);
          return;
        case "filter":
          fresh.set(happening.key, fresh.get(happening.key) ?? []);
          return;
        case "log": {
          const logs = fresh.get(happening.key) ?? [];
          fresh.set(happening.key, [...logs, happening.log]);
        }
      }
    },

    /** What a vault would have seen. Logs are seen once. */
    lookAt(nowMs: number): WorldView {
      for (const [id, event] of events) {
        if (occurMs(event) < nowMs - eventWindowMs) events.delete(id);
      }
      const known = [...observations].map(
        ([id, observation]) => [id, asKnownAt(observation, series.get(id), nowMs)] as const,
      );
      return {
        nowMs,
        round: 0n,
        observations: new Map(known),
        events: [...events.values()].sort(newestFirst).slice(0, maxEvents),
        series,
        histories: past.histories(wanted),
        rounds: past.rounds(wanted),
        chain: new Map(
          [...readings].map(([key, reading]) => [key, { ...reading, timeMs: nowMs }] as const),
        ),
        logs: takeLogs(fresh, readTo, nowMs),
      };
    },

    /** When age alone changes what is known. `Infinity`: never. */
    nextChangeMs(nowMs: number): number {
      let soonest = Number.POSITIVE_INFINITY;
      for (const [id, observation] of observations) {
        soonest = Math.min(soonest, nextDoubtMs(observation, series.get(id), nowMs));
      }
      return soonest;
    },
  };
}

/** A world that unfolds. */
export type PastWorld = ReturnType<typeof createPastWorld>;

/** How much of the past a condition looks at before its first look, in milliseconds. */
export function warmUpMs(
  depends: readonly Dependency[],
  series: ReadonlyMap<string, Series>,
): number {
  // A window looks at what stood when it began, too.
  const windows = depends.map((one) => (one.kind === "history" ? 2 * one.windowMs : 0));
  const ages = depends.map((one) => {
    const limit = "series" in one ? series.get(one.series)?.maxContentAge : undefined;
    return limit === undefined ? 0 : durationMs(limit);
  });
  return Math.max(0, ...windows, ...ages);
}

function takeLogs(
  fresh: Map<string, ChainLogEntry[]>,
  readTo: Map<string, bigint>,
  nowMs: number,
): ReadonlyMap<string, LogPage> {
  const pages = new Map<string, LogPage>();
  for (const [key, logs] of fresh) {
    const last = logs.at(-1)?.blockNumber ?? readTo.get(key) ?? 0n;
    const first = logs[0]?.blockNumber ?? last;
    pages.set(key, { fromBlock: first, toBlock: last, readMs: nowMs, logs });
    readTo.set(key, last);
    fresh.set(key, []);
  }
  return pages;
}

function newestFirst(a: Event, b: Event): number {
  return occurMs(b) - occurMs(a) || (a.id < b.id ? -1 : 1);
}

function occurMs(event: Event): number {
  return event.occurTime === undefined ? 0 : timestampMs(event.occurTime);
}
