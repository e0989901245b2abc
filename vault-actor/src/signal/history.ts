/**
 * The past of series, as windows and runs of rounds need it: kept in rings, so that its size is
 * bounded however often a series is read.
 *
 * Pure but for the rows that are passed in. A cell of a grid keeps the last observation that
 * falls into it. A ring has more cells than the longest window has steps, so that what stood when
 * the window began is there too.
 */
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Observation } from "#gen/signal/v1/observation";
import type { Series, Unit } from "#gen/signal/v1/series";
import { isSound } from "../trigger/reading.ts";
import { historyKey, keptRounds, type Sample, stepOf } from "./sample.ts";

/** A part of the past that a condition looks at. `unit` absent: any. */
export type Past = { readonly series: string; readonly unit?: Unit } & (
  | { readonly kind: "history"; readonly windowMs: number }
  | { readonly kind: "rounds"; readonly count: number }
);

/** Whether something that a condition looks at is a part of the past. */
export function isPast<T extends { readonly kind: string }>(one: T): one is T & Past {
  return one.kind === "history" || one.kind === "rounds";
}

/** Under which step the rounds of a series are kept. */
export const everyRound = 0;

/** How many cells of a grid are kept. */
export const keptCells = 512;

/** How far a source's clock may be ahead, in milliseconds. */
const aheadMs = 60_000;

/** Where samples are kept. Steps are in milliseconds; `everyRound`: every round. */
export type SampleRows = {
  /** The samples of a series at a step, in any order. At most one a slot. */
  readonly read: (series: string, stepMs: number) => readonly Sample[];
  /** Puts a sample into its slot. */
  readonly write: (series: string, stepMs: number, slot: number, sample: Sample) => void;
};

/** Rows that are nowhere: the past is what was noted since. */
export const noRows: SampleRows = { read: () => [], write: () => {} };

/** Keeps the past of series. */
export function createPast(rows: SampleRows) {
  let known = new Map<string, readonly Sample[]>();

  const samplesOf = (series: string, stepMs: number): readonly Sample[] => {
    const key = `${series}/${stepMs}`;
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const byCell = (a: Sample, b: Sample) => cellOf(a, stepMs) - cellOf(b, stepMs);
    const read = inRing([...rows.read(series, stepMs)].sort(byCell), stepMs);
    known.set(key, read);
    return read;
  };

  return {
    /**
     * Takes down what is new of the series that are wanted. Writes a row only where the last
     * observation of a cell changed. What is in another unit than is wanted says nothing.
     */
    note(
      observations: ReadonlyMap<string, Observation>,
      wanted: readonly Past[],
      nowMs: number,
      described: ReadonlyMap<string, Series> = new Map(),
    ): void {
      const done = new Set<string>();
      for (const one of wanted) {
        const { key, series, stepMs } = placeOf(one);
        const observation = observations.get(series);
        if (observation === undefined || done.has(key)) continue;
        const unit = described.get(series)?.unit ?? one.unit;
        if (one.unit !== undefined && unit !== one.unit) continue;
        done.add(key);
        const sample = sampleOf(observation, stepMs, nowMs);
        if (sample === undefined) continue;
        const before = samplesOf(series, stepMs);
        const after = withSample(before, stepMs, sample);
        if (after === before) continue;
        rows.write(series, stepMs, slotOf(sample, stepMs), sample);
        known.set(key, after);
      }
    },

    /** What is wanted of windows, by `historyKey`. */
    histories(wanted: readonly Past[]): ReadonlyMap<string, readonly Sample[]> {
      const past = new Map<string, readonly Sample[]>();
      for (const one of wanted) {
        if (one.kind !== "history") continue;
        const key = historyKey(one.series, one.windowMs);
        if (!past.has(key)) past.set(key, samplesOf(one.series, stepOf(one.windowMs)));
      }
      return past;
    },

    /** What is wanted of rounds, by series id. */
    rounds(wanted: readonly Past[]): ReadonlyMap<string, readonly Sample[]> {
      const past = new Map<string, readonly Sample[]>();
      for (const one of wanted) {
        if (one.kind !== "rounds" || past.has(one.series)) continue;
        past.set(one.series, samplesOf(one.series, everyRound));
      }
      return past;
    },

    /** Forgets what is in memory: the rows were taken back. */
    forget(): void {
      known = new Map();
    },
  };
}

/** The past of series. */
export type History = ReturnType<typeof createPast>;

/**
 * Adds a sample to the ring of a step. The same list when it says nothing new: the cell has a
 * later one, or the ring has passed it. At the same time the later round wins, and of one round a
 * value over none.
 */
export function withSample(
  samples: readonly Sample[],
  stepMs: number,
  sample: Sample,
): readonly Sample[] {
  const cell = cellOf(sample, stepMs);
  const last = samples.at(-1);
  if (last !== undefined && cellOf(last, stepMs) - cell >= ringSize(stepMs)) return samples;
  // The newest comes last nearly always.
  let at = samples.length;
  while (at > 0 && cellOf(samples[at - 1] as Sample, stepMs) > cell) at -= 1;
  const kept = samples[at - 1];
  const taken = kept !== undefined && cellOf(kept, stepMs) === cell;
  if (taken && !replaces(sample, kept, stepMs)) return samples;
  return inRing([...samples.slice(0, taken ? at - 1 : at), sample, ...samples.slice(at)], stepMs);
}

/** The place of a sample in the ring of a step. */
export function slotOf(sample: Sample, stepMs: number): number {
  return cellOf(sample, stepMs) % ringSize(stepMs);
}

/** What of an observation belongs into the past at a step. `undefined`: nothing. */
function sampleOf(observation: Observation, stepMs: number, nowMs: number): Sample | undefined {
  const { round } = observation;
  const observeMs = msOf(observation.observeTime);
  const fit = isSound(observation) && observeMs <= nowMs + aheadMs;
  if (stepMs === everyRound) {
    return { observeMs, value: fit ? observation.value : undefined, round };
  }
  return fit ? { observeMs, value: observation.value, round } : undefined;
}

function replaces(sample: Sample, kept: Sample, stepMs: number): boolean {
  if (stepMs === everyRound) return kept.value === undefined && sample.value !== undefined;
  if (sample.observeMs !== kept.observeMs) return sample.observeMs > kept.observeMs;
  return sample.round > kept.round;
}

function cellOf(sample: Sample, stepMs: number): number {
  return stepMs === everyRound ? Number(sample.round) : Math.floor(sample.observeMs / stepMs);
}

function ringSize(stepMs: number): number {
  return stepMs === everyRound ? keptRounds : keptCells;
}

/** Leaves out what the ring has passed: its slot was not needed again yet. */
function inRing(samples: readonly Sample[], stepMs: number): readonly Sample[] {
  const last = samples.at(-1);
  if (last === undefined) return samples;
  const from = cellOf(last, stepMs) - ringSize(stepMs);
  const first = samples.findIndex((sample) => cellOf(sample, stepMs) > from);
  return first === 0 ? samples : samples.slice(first);
}

function placeOf(one: Past): { key: string; series: string; stepMs: number } {
  const stepMs = one.kind === "history" ? stepOf(one.windowMs) : everyRound;
  return { key: `${one.series}/${stepMs}`, series: one.series, stepMs };
}

function msOf(time: Timestamp | undefined): number {
  return time === undefined ? 0 : Math.floor(timestampMs(time));
}
