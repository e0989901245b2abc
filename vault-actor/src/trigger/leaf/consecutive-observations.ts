/**
 * A threshold that several observations in a row meet. Pure.
 *
 * An observation is a round of the series. One that fails decides, whatever is not known of the
 * others; a round that was not seen or was unfit leaves the rest undecided.
 */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { ConsecutiveObservations } from "#gen/trigger/v1/signal_condition";
import type { Sample } from "../../signal/sample.ts";
import { parseDecimal } from "../decimal.ts";
import { invalid, type LeafKind } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import { relationOf } from "./comparator.ts";
import { decided, notYet, stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { checkThreshold } from "./series-check.ts";

/** A threshold that several observations in a row meet. */
export const consecutiveObservations: LeafKind<ConsecutiveObservations> = {
  shape: "level",
  check({ threshold }, context) {
    const path = `${context.path}.threshold`;
    if (threshold === undefined) return invalid(path, "must be set");
    return checkThreshold(threshold, { ...context, path });
  },
  depends({ threshold, count }) {
    const series = threshold?.series ?? "";
    return [
      { kind: "series", series },
      { kind: "rounds", series, count },
    ];
  },
  maxAgeMs: ({ threshold }) =>
    threshold?.maxAge === undefined ? undefined : durationMs(threshold.maxAge),
  compile({ threshold, count }) {
    const { series = "", value = "" } = threshold ?? {};
    const limit = parseDecimal(value);
    const relation = relationOf(threshold?.comparator ?? 0);
    const maxAgeMs = lengthOf(threshold?.maxAge);
    return (view) => {
      const reading = readSeries(view, series, maxAgeMs);
      const { ageMs } = reading;
      if (!reading.fit) return stale(reading.why, ageMs);
      if (limit === undefined || relation === undefined) return stale("malformed test", ageMs);
      const meets = (one: bigint) => relation.holds(one, limit);
      const words = () => `${count} in a row ${relation.sign} ${value}, the last ${reading.text}`;
      if (!meets(reading.value)) return decided(false, words, reading);
      const earlier = earlierRounds(view.rounds.get(series) ?? [], reading.round, count - 1);
      const values = earlier.flatMap((sample) => parseDecimal(sample.value ?? "") ?? []);
      if (!values.every(meets)) return decided(false, words, reading);
      if (values.length === count - 1) return decided(true, words, reading);
      const why = `${values.length + 1} of ${count} in a row were seen`;
      return notYet(why, ageMs, reading.expireMs);
    };
  },
};

/** What was seen of the `count` rounds before `round`. */
function earlierRounds(samples: readonly Sample[], round: bigint, count: number): Sample[] {
  const from = round - BigInt(count);
  const seen: Sample[] = [];
  for (let i = samples.length - 1; i >= 0; i -= 1) {
    const sample = samples[i];
    if (sample === undefined || sample.round < from) break;
    if (sample.round < round) seen.push(sample);
  }
  return seen;
}
