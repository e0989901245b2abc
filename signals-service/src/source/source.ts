/** What every upstream source is to the rest: a request, and a pure reading of its answer. */
import type { Event_Status } from "#gen/signal/v1/event";
import type { Quality } from "#gen/signal/v1/observation";
import type { Result } from "#protocol/result";

/** One value as a source says it, not judged yet. Missing stays missing. */
export type Reading = {
  readonly series: string;
  /** A base-10 decimal. `undefined`: the source has no value. */
  readonly value: string | undefined;
  /** When the world was like this. `undefined`: the source doesn't say. */
  readonly observeMs: number | undefined;
  readonly qualities: readonly Quality[];
};

/** One event as a source says it. */
export type EventReading = {
  readonly series: string;
  /** All ids of the event: a source may change the one it prefers. The first is preferred. */
  readonly ids: readonly string[];
  readonly status: Event_Status;
  readonly type: string;
  readonly severityBps: number;
  readonly magnitude: string | undefined;
  readonly occurMs: number;
  readonly place: { readonly latitudeE6: number; readonly longitudeE6: number } | undefined;
  readonly attributes: Readonly<Record<string, string>>;
};

/** All that one answer says. */
export type SourceReadings = {
  readonly readings: readonly Reading[];
  readonly events: readonly EventReading[];
};

/** An upstream source. */
export type Source = {
  readonly id: string;
  /** The series that it feeds. */
  readonly series: readonly string[];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Reads an answer. Pure; refuses what is not the source's shape. */
  readonly read: (answer: unknown, nowMs: number) => Result<SourceReadings, string>;
};
