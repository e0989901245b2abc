/**
 * Makes one value of what several sources say.
 *
 * Pure, and the same in whatever order the readings come. Only readings that are young enough
 * count. What is made of them is dated by the oldest of those that it needs: a value is no fresher,
 * and who limits its age limits that of all of them. A median needs the youngest majority of its
 * readings, and at least `min_sources`: it lies between their values, whatever the others say.
 */
import { Quality } from "#gen/signal/v1/observation";
import { type Series, Series_Aggregation, Series_Kind, Unit } from "#gen/signal/v1/series";
import { ageDoubts, expireMs } from "../normalise/age.ts";
import { bySize, readDecimal, roundTo, writeDecimal } from "../normalise/decimal.ts";
import type { JudgedReading } from "../normalise/reading.ts";
import { type Draft, inOrder } from "./draft.ts";
import { agreement, lowerMedian, median, spreadOf } from "./median.ts";
import { type Ranked, ranked } from "./rank.ts";

/** What is known of a series, from the latest readings of all its sources. */
export function aggregate(
  series: Series,
  readings: readonly JudgedReading[],
  nowMs: number,
): Draft {
  const all = ranked(series, readings);
  const young = all.filter(({ reading }) => ageDoubts(reading, series, nowMs).length === 0);
  const isEvent = series.kind === Series_Kind.EVENT;
  const usable = isEvent ? young : young.filter(({ reading }) => reading.value !== undefined);
  if (usable.length === 0) return withoutValue(series, young.length > 0 ? young : all, nowMs);
  const choice = isEvent ? { used: usable, doubts: [] } : choose(series, usable);
  const coverage = coverageDoubts(series, choice.used.length);
  return draftOf(series, choice.used, [...choice.doubts, ...coverage]);
}

type Choice = { readonly used: readonly Ranked[]; readonly doubts: readonly Quality[] };

function choose(series: Series, usable: readonly Ranked[]): Choice {
  switch (series.aggregation) {
    case Series_Aggregation.MEDIAN:
      return { used: usable, doubts: conflict(series, usable) };
    case Series_Aggregation.AGREEMENT:
      return agreed(series, usable);
    default: {
      const used = usable.slice(0, 1);
      const isFirst = used[0]?.rank === 0;
      return { used, doubts: isFirst ? [] : [Quality.FALLBACK_SOURCE] };
    }
  }
}

/** Those who agree; all, in conflict, when too few do or as many agree on something else. */
function agreed(series: Series, usable: readonly Ranked[]): Choice {
  const spread = readDecimal(series.maxSpread);
  if (spread === undefined) return { used: usable, doubts: [] };
  const group = agreement(usable.map(unitsOf), spread);
  const used = usable.filter((one) => {
    const units = unitsOf(one);
    return group !== undefined && units >= group.least && units <= group.largest;
  });
  const isShared = used.length >= series.minSources && group?.rival === false;
  return isShared ? { used, doubts: [] } : { used: usable, doubts: conflict(series, usable) };
}

function conflict(series: Series, used: readonly Ranked[]): readonly Quality[] {
  const spread = readDecimal(series.maxSpread);
  const isWide = spread !== undefined && spreadOf(used.map(unitsOf)) > spread;
  return isWide ? [Quality.CONFLICTING] : [];
}

function coverageDoubts(series: Series, count: number): readonly Quality[] {
  if (count >= series.minSources) return [];
  return [count === 1 ? Quality.SINGLE_SOURCE : Quality.PARTIAL_COVERAGE];
}

function draftOf(series: Series, used: readonly Ranked[], doubts: readonly Quality[]): Draft {
  const readings = used.map(({ reading }) => reading).sort(bySource);
  const values = used.map(unitsOf);
  // A state has no mean.
  const middle = series.unit === Unit.STATE || series.unit === Unit.BOOL ? lowerMedian : median;
  const isEvent = series.kind === Series_Kind.EVENT;
  const published = (units: bigint | undefined) =>
    units === undefined ? undefined : writeDecimal(roundTo(units, series.decimals));
  const confidences = readings.map((one) => one.confidenceBps).filter((bps) => bps > 0);
  const sinces = readings.flatMap(({ sinceMs }) => sinceMs ?? []);
  return {
    series: series.id,
    value: isEvent ? undefined : published(middle(values)),
    low: isEvent ? undefined : published(endOf(readings, "low")),
    high: isEvent ? undefined : published(endOf(readings, "high")),
    confidenceBps: confidences.length === 0 ? 0 : Math.min(...confidences),
    ...timesOf(series, readings),
    sinceMs: sinces.length === 0 ? undefined : Math.min(...sinces),
    sources: readings.map(({ source }) => source),
    evidence: readings.map(({ evidence }) => evidence),
    qualities: inOrder([...readings.flatMap(({ qualities }) => qualities), ...doubts]),
  };
}

/**
 * That there is no value, and why not: what ails the readings, or that they are too old. The
 * dates stay those of the latest reading, so that everybody sees since when; without one, none.
 */
function withoutValue(series: Series, from: readonly Ranked[], nowMs: number): Draft {
  const readings = from.map(({ reading }) => reading).sort(bySource);
  const latest = readings.reduce<JudgedReading | undefined>(
    (best, one) => (best === undefined || one.fetchMs > best.fetchMs ? one : best),
    undefined,
  );
  const doubts = readings.flatMap((one) => [...one.qualities, ...ageDoubts(one, series, nowMs)]);
  return {
    series: series.id,
    value: undefined,
    low: undefined,
    high: undefined,
    confidenceBps: 0,
    observeMs: latest?.observeMs ?? 0,
    fetchMs: latest?.fetchMs ?? 0,
    expireMs: latest === undefined ? 0 : expireMs(latest, series),
    sinceMs: undefined,
    sources: readings.map(({ source }) => source),
    evidence: readings.map(({ evidence }) => evidence),
    qualities: inOrder([...doubts, Quality.UNAVAILABLE]),
  };
}

/** The outermost end; absent when no source gives an interval and there is only one. */
function endOf(readings: readonly JudgedReading[], end: "low" | "high"): bigint | undefined {
  const [first, ...others] = readings.map((one) => one[end] ?? one.value);
  if (others.length === 0 && readings[0]?.[end] === undefined) return undefined;
  const ends = bySize([first, ...others].flatMap((text) => readDecimal(text ?? "") ?? []));
  return end === "low" ? ends[0] : ends.at(-1);
}

function timesOf(series: Series, readings: readonly JudgedReading[]) {
  const majority = Math.max(series.minSources, Math.floor(readings.length / 2) + 1);
  const isMedian = series.aggregation === Series_Aggregation.MEDIAN;
  const needed = isMedian ? Math.min(majority, readings.length) : readings.length;
  const oldest = (times: readonly number[]) => [...times].sort((a, b) => b - a)[needed - 1] ?? 0;
  return {
    observeMs: oldest(readings.map(({ observeMs }) => observeMs)),
    fetchMs: oldest(readings.map(({ fetchMs }) => fetchMs)),
    expireMs: oldest(readings.map((one) => expireMs(one, series))),
  };
}

function unitsOf({ reading }: Ranked): bigint {
  return readDecimal(reading.value ?? "") ?? 0n;
}

function bySource(a: JudgedReading, b: JudgedReading): number {
  return a.source < b.source ? -1 : 1;
}
