/**
 * Makes an observation of a series that follows from another one.
 *
 * Pure. It inherits the doubts, the dates and the sources of what it rests on, and ages by its
 * own limits. Until a window is covered there is no value: a count of half a day is not a low
 * count. Zero is a value only where the contract says so.
 */
import { type Derivation, Derivation_Function } from "#gen/signal/v1/derivation";
import type { Event } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import { type Draft, inOrder } from "../aggregate/draft.ts";
import { ageDoubts, aheadMs, expireMs, msOf } from "../normalise/age.ts";
import { readDecimal, roundTo, writeDecimal } from "../normalise/decimal.ts";
import { isPlausible } from "../normalise/range.ts";
import { type Derived, deriveFromEvents } from "./events.ts";
import { deltaOf, deviationOf, type EarlierValue } from "./gauge.ts";

/** What a derivation rests on. */
export type Basis = {
  /** What is known now of the series that it follows from. `undefined`: there is none. */
  readonly latest: Draft | undefined;
  /** The events of that series, each in its latest revision. */
  readonly events: readonly Event[];
  /** The value of that series a window before its latest. `undefined`: not known. */
  readonly earlier: EarlierValue | undefined;
  readonly nowMs: number;
};

/** Makes the observation. `series` has a derivation. */
export function derive(series: Series, basis: Basis): Draft {
  const { latest, nowMs } = basis;
  if (latest === undefined) return missing(series, undefined, []);
  const inherited = inherit(latest);
  const aged = ageDoubts(latest, series, nowMs);
  if (latest.qualities.includes(Quality.UNAVAILABLE) || aged.length > 0) {
    return missing(series, latest, [...inherited, ...aged]);
  }
  const { doubts, value } = compute(series.derivation, latest, basis);
  const units = value === undefined ? undefined : readDecimal(value);
  if (units === undefined) return missing(series, latest, [...inherited, ...doubts]);
  const rounded = roundTo(units, series.decimals);
  if (!isPlausible(rounded, series)) {
    return missing(series, latest, [...inherited, ...doubts, Quality.OUT_OF_BOUNDS]);
  }
  return {
    ...draftOf(series, latest, [...inherited, ...doubts]),
    value: writeDecimal(rounded),
  };
}

function compute(derivation: Derivation | undefined, latest: Draft, basis: Basis): Derived {
  if (derivation === undefined) return { value: undefined, doubts: [] };
  switch (derivation.function) {
    case Derivation_Function.DELTA: {
      const { earlier } = basis;
      if (earlier === undefined) return { value: undefined, doubts: [Quality.WARMUP] };
      return { value: textOf(deltaOf(latest, earlier)), doubts: inherit(earlier) };
    }
    case Derivation_Function.DEVIATION:
      return { value: textOf(deviationOf(latest, derivation.reference)), doubts: [] };
    default: {
      // A list that is as long as the window is never a moment too short for clocks that differ.
      const startMs = latest.observeMs - msOf(derivation.window) + aheadMs;
      const isCovered =
        derivation.window === undefined ||
        (latest.sinceMs !== undefined && latest.sinceMs <= startMs);
      return isCovered
        ? deriveFromEvents(derivation, basis.events, latest.observeMs)
        : { value: undefined, doubts: [Quality.WARMUP] };
    }
  }
}

function missing(series: Series, latest: Draft | undefined, doubts: readonly Quality[]): Draft {
  const draft = draftOf(series, latest, [...doubts, Quality.UNAVAILABLE]);
  return { ...draft, confidenceBps: 0 };
}

function draftOf(series: Series, latest: Draft | undefined, doubts: readonly Quality[]): Draft {
  const times = { observeMs: latest?.observeMs ?? 0, fetchMs: latest?.fetchMs ?? 0 };
  const expire = latest === undefined ? 0 : Math.min(latest.expireMs, expireMs(times, series));
  return {
    series: series.id,
    value: undefined,
    low: undefined,
    high: undefined,
    confidenceBps: latest?.confidenceBps ?? 0,
    ...times,
    expireMs: expire,
    sinceMs: undefined,
    sources: latest?.sources ?? [],
    evidence: latest?.evidence ?? [],
    qualities: inOrder(doubts),
  };
}

/** That the basis was corrected says nothing of a correction here. */
function inherit({ qualities }: Pick<Draft, "qualities">): readonly Quality[] {
  return qualities.filter((doubt) => doubt !== Quality.REVISED);
}

function textOf(units: bigint | undefined): string | undefined {
  return units === undefined ? undefined : writeDecimal(units);
}
