/** The tests of the simple evaluator, from the list of all looks. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Event_Status } from "#gen/signal/v1/event";
import { Quality } from "#gen/signal/v1/observation";
import type { Condition } from "#gen/trigger/v1/condition";
import {
  Comparator,
  SignalCrossing_Direction,
  TrailingStop_Side,
} from "#gen/trigger/v1/signal_condition";
import { parseDecimal } from "../../../src/trigger/decimal.ts";
import type { View } from "../../../src/trigger/view.ts";
import type { Judged, Trace } from "./naive.ts";

type Length = { readonly seconds: bigint } | undefined;

/** Judges a condition that is a test. */
export function judgeTest({ test }: Condition, trace: Trace, i: number): Judged {
  const view = viewAt(trace, i);
  switch (test.case) {
    case "signalThreshold": {
      const { series, comparator, value, maxAge } = test.value;
      const reading = readingOf(view, series, maxAge);
      return reading === undefined ? unknown : known(compare(reading.value, comparator, value));
    }
    case "signalBand": {
      const { series, low, high, outside, maxAge } = test.value;
      const reading = readingOf(view, series, maxAge);
      if (reading === undefined) return unknown;
      const inside = reading.value >= decimal(low) && reading.value <= decimal(high);
      return known(outside ? !inside : inside);
    }
    case "signalCrossing": {
      const { series, direction, value, maxAge } = test.value;
      const reading = readingOf(view, series, maxAge);
      if (reading === undefined) return unknown;
      const earlier = trace.views
        .slice(0, i)
        .flatMap((one) => readingOf(one, series, maxAge) ?? [])
        .filter(({ round }) => round !== reading.round)
        .at(-1);
      if (earlier === undefined) return known(false);
      const [from, to, limit] = [earlier.value, reading.value, decimal(value)];
      const up = from <= limit && to > limit;
      const down = from >= limit && to < limit;
      const { UP, DOWN } = SignalCrossing_Direction;
      const crosses = direction === UP ? up : direction === DOWN ? down : up || down;
      return occurrence(crosses, `round/${series}/${reading.round}`, trace, i);
    }
    case "trailingStop": {
      const { series, side, distance, maxAge } = test.value;
      const reading = readingOf(view, series, maxAge);
      if (reading === undefined) return unknown;
      const values: bigint[] = [];
      for (let look = 0; look <= i; look += 1) {
        const one = readingOf(viewAt(trace, look), series, maxAge);
        // A firing makes a start at the reading that it saw.
        if (look > 0 && trace.used(look).has(`fired/${look - 1}`)) {
          const seen = readingOf(viewAt(trace, look - 1), series, maxAge);
          if (seen !== undefined) values.splice(0, values.length, seen.value);
        }
        if (one !== undefined) values.push(one.value);
      }
      const falls = side === TrailingStop_Side.FALL_FROM_PEAK;
      const extreme = values.reduce((a, b) => (falls === a > b ? a : b));
      const way = falls ? extreme - reading.value : reading.value - extreme;
      const least = decimal(distance.value ?? "");
      if (distance.case === "absolute") return known(way >= least);
      if (extreme <= 0n) return unknown;
      return known(way * 100n * 10n ** 18n >= least * extreme);
    }
    case "signalMove": {
      const { series, percent, window, maxAge } = test.value;
      const reading = readingOf(view, series, maxAge);
      if (reading === undefined) return unknown;
      const base = standingAt(trace, i, series, reading.observeMs - lengthOf(window));
      if (base === undefined || base === 0n) return unknown;
      const change = (reading.value - base) * 100n * 10n ** 18n;
      const wanted = decimal(percent) * base;
      return known(wanted > 0n ? change >= wanted : change <= wanted);
    }
    case "windowAverage": {
      const { series, comparator, value, window, maxAge } = test.value;
      if (readingOf(view, series, maxAge) === undefined) return unknown;
      // All that happens, happens on a full second.
      let [sum, count] = [0n, 0n];
      for (let ms = view.nowMs - lengthOf(window); ms < view.nowMs; ms += 1000) {
        const standing = standingAt(trace, i, series, ms, 59_999);
        if (standing === undefined) return unknown;
        sum += standing;
        count += 1n;
      }
      return known(compare(sum, comparator, value, count));
    }
    case "consecutiveObservations": {
      const { threshold, count } = test.value;
      if (threshold === undefined) throw new Error("no threshold");
      const { series, comparator, value, maxAge } = threshold;
      const reading = readingOf(view, series, maxAge);
      if (reading === undefined) return unknown;
      if (!compare(reading.value, comparator, value)) return known(false);
      const samples = view.rounds.get(series) ?? [];
      let isKnown = true;
      for (let back = 1; back < count; back += 1) {
        const text = samples.find(({ round }) => round === reading.round - BigInt(back))?.value;
        if (text === undefined) isKnown = false;
        else if (!compare(decimal(text), comparator, value)) return known(false);
      }
      return isKnown ? known(true) : unknown;
    }
    case "eventMatch": {
      const { series, minMagnitude, maxAge } = test.value;
      const [oldest] = view.events
        .filter((event) => event.series === series)
        .filter(({ status }) => status === Event_Status.CONFIRMED)
        .filter(({ magnitude }) => decimal(magnitude ?? "") >= decimal(minMagnitude))
        .filter((event) => view.nowMs - msOf(event.occurTime) <= lengthOf(maxAge))
        .filter(({ id }) => !trace.used(i).has(`event/${id}`))
        .sort((a, b) => msOf(a.occurTime) - msOf(b.occurTime) || (a.id < b.id ? -1 : 1));
      if (oldest !== undefined) return occurrence(true, `event/${oldest.id}`, trace, i);
      return view.observations.has(series) ? known(false) : unknown;
    }
    case "schedule": {
      const { schedule, catchUp } = test.value;
      if (schedule.case !== "interval") throw new Error("not an interval");
      const startMs = msOf(schedule.value.startTime);
      const periodMs = lengthOf(schedule.value.period);
      const dueMs = startMs + Math.floor((view.nowMs - startMs) / periodMs) * periodMs;
      if (dueMs < startMs || dueMs <= view.activeMs) return known(false);
      if (view.nowMs - dueMs > lengthOf(catchUp)) return known(false);
      for (let look = 0; look < i; look += 1) {
        if (viewAt(trace, look).nowMs >= dueMs && trace.known(look)) return known(false);
      }
      const at = `at/${new Date(dueMs).toISOString().replace(".000Z", "Z")}`;
      return occurrence(true, at, trace, i);
    }
    default:
      throw new Error(`no naive ${test.case}`);
  }
}

const unknown: Judged = { truth: "U", causes: [] };

function known(holds: boolean): Judged {
  return { truth: holds ? "T" : "F", causes: [] };
}

function occurrence(happened: boolean, id: string, trace: Trace, i: number): Judged {
  if (!happened || trace.used(i).has(id)) return known(false);
  return { truth: "T", causes: [{ id, rests: [] }] };
}

function readingOf(view: View, series: string, maxAge: Length) {
  const observation = view.observations.get(series);
  if (observation?.value === undefined) return undefined;
  if (view.nowMs - msOf(observation.observeTime) > lengthOf(maxAge)) return undefined;
  if (view.nowMs - msOf(observation.fetchTime) > lengthOf(maxAge)) return undefined;
  if (observation.qualities.includes(Quality.CONFLICTING)) return undefined;
  const observeMs = msOf(observation.observeTime);
  return { value: decimal(observation.value), round: observation.round, observeMs };
}

/** The last fit value at `ms`, unless it is older than that by more than `standMs`. */
function standingAt(trace: Trace, i: number, series: string, ms: number, standMs = 60_000) {
  const ever = { seconds: 1_000_000n };
  const last = trace.views
    .slice(0, i + 1)
    .flatMap((view) => readingOf(view, series, ever) ?? [])
    .filter(({ observeMs }) => observeMs <= ms)
    .at(-1);
  return last === undefined || ms - last.observeMs > standMs ? undefined : last.value;
}

function compare(a: bigint, comparator: Comparator, text: string, times = 1n): boolean {
  const b = decimal(text) * times;
  if (comparator === Comparator.LESS_THAN) return a < b;
  if (comparator === Comparator.AT_MOST) return a <= b;
  return comparator === Comparator.GREATER_THAN ? a > b : a >= b;
}

function decimal(text: string): bigint {
  const value = parseDecimal(text);
  if (value === undefined) throw new Error(`not a decimal: ${text}`);
  return value;
}

function viewAt({ views }: Trace, look: number): View {
  const view = views[look];
  if (view === undefined) throw new Error("no such look");
  return view;
}

function lengthOf(length: Length): number {
  return Number(length?.seconds ?? 0n) * 1000;
}

function msOf(time: Parameters<typeof timestampMs>[0] | undefined): number {
  return time === undefined ? 0 : timestampMs(time);
}
