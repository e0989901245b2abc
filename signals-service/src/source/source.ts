/** What every upstream source is to the rest: when it is worth asking, and how its answers read. */
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
  /** The ends of the source's own interval, base 10. */
  readonly low?: string;
  readonly high?: string;
  /** How sure the source says it is, in basis points. Absent: it doesn't say. */
  readonly confidenceBps?: number;
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
  /** When it is no longer good for anything. Absent: 31 days after it occurred. */
  readonly expireMs?: number;
  readonly place: { readonly latitudeE6: number; readonly longitudeE6: number } | undefined;
  readonly confidenceBps?: number;
  readonly qualities?: readonly Quality[];
  readonly attributes: Readonly<Record<string, string>>;
};

/** All that one source says at one time. */
export type SourceReadings = {
  readonly readings: readonly Reading[];
  readonly events: readonly EventReading[];
  /**
   * Of which series every event that occurred since a time is among `events`: what was known
   * and is not among them was taken back. Absent: of none.
   */
  readonly complete?: readonly { readonly series: string; readonly sinceMs: number }[];
};

/** One request to an upstream. GET unless there is a body, which is JSON. */
export type AskRequest = {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * Whether JSON with status 503 is an answer too, for an upstream that says so of itself as a
   * whole. One that says when to come back never is. Absent: no.
   */
  readonly takesUnavailable?: boolean;
};

/** An upstream's answer: JSON, not looked at yet. */
export type Answer = { readonly json: unknown; readonly fetchMs: number };

/** Why there is no answer, or none that can be read. */
export type AskFailure = {
  readonly reason:
    | "timeout"
    | "unreachable"
    /** Status 429, or a quota's own words. */
    | "rate_limited"
    /** Status 5xx. */
    | "unavailable"
    /** Any other status than 200: asking again the same way is no use. */
    | "refused"
    | "too_large"
    /** Not JSON. */
    | "malformed"
    /** JSON, but not the source's shape. */
    | "unexpected"
    /** Our own quota for the source is used up: it was not asked. */
    | "quota";
  /** What exactly, in words, without secrets. */
  readonly detail: string;
  /** When the upstream wants to be asked again at the earliest, in milliseconds since the epoch. */
  readonly retryMs?: number;
};

/** Asks an upstream. The same request within one run is made once. */
export type Ask = (request: AskRequest) => Promise<Result<Answer, AskFailure>>;

/** An upstream source. */
export type Source = {
  /** Lowercase letters, digits, `-` and `.`. Example: `world-monitor.risk-scores`. */
  readonly id: string;
  /** Whose quota its calls use: sources of one upstream share an account. */
  readonly account: string;
  /** How often it is worth asking, in milliseconds. */
  readonly periodMs: number;
  /** The series that it feeds, event series included. */
  readonly series: readonly string[];
  /** Asks, and reads what comes. Keeps no state; does nothing but `ask`. Never throws. */
  readonly read: (ask: Ask, nowMs: number) => Promise<Result<SourceReadings, AskFailure>>;
};

/** How many calls an account may make. */
export type Quota = {
  readonly account: string;
  readonly perMinute: number;
  readonly perDay: number;
};

/** A source as this deployment has it: on, or off for want of a key or an address. */
export type Configured =
  | { readonly on: true; readonly source: Source; readonly quota: Quota }
  | {
      readonly on: false;
      readonly id: string;
      readonly series: readonly string[];
      readonly why: string;
    };

/** A failure for an answer that is not of the expected shape. */
export function unexpected(detail: string): AskFailure {
  return { reason: "unexpected", detail };
}
