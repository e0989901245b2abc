/**
 * A threshold that several observations in a row meet. Pure.
 *
 * An observation is a round of the series. One that fails decides, whatever is not known of the
 * others; a round that was not seen or was unfit leaves the rest undecided.
 */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Unit } from "#gen/signal/v1/series";
import type { ConsecutiveObservations } from "#gen/trigger/v1/signal_condition";
import type { Sample } from "../../signal/sample.ts";
import { parseDecimal } from "../decimal.ts";
import { invalid, type LeafKind } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import { relationOf } from "./comparator.ts";
import { decided, notYet, stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { valuesOf } from "./sample-values.ts";
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
    const { series = "", unit = Unit.UNSPECIFIED } = threshold ?? {};
    return [
      { kind: "series", series },
      { kind: "rounds", series, unit, count },
    ];
  },
  maxAgeMs: ({ threshold }) =>
    threshold?.maxAge === undefined ? undefined : durationMs(threshold.maxAge),
  compile({ threshold, count }) {
    const { series = "", value = "", unit = Unit.UNSPECIFIED } = threshold ?? {};
    const limit = parseDecimal(value);
    const relation = relationOf(threshold?.comparator ?? 0);
    const maxAgeMs = lengthOf(threshold?.maxAge);
    return (view) => {
      const reading = readSeries(view, series, unit, maxAgeMs);
      const { ageMs } = reading;
      if (!reading.fit) return stale(reading.why, ageMs, reading.fitMs);
      if (limit === undefined || relation === undefined) return stale("malformed test", ageMs);
      const meets = (one: bigint) => relation.holds(one, limit);
      const words = () => `${count} in a row ${relation.sign} ${value}, the last ${reading.text}`;
      if (!meets(reading.value)) return decided(false, words, reading);
      const row = rowBefore(view.rounds.get(series) ?? [], reading.round, count - 1, meets);
      if (row.failed) return decided(false, words, reading);
      if (row.met === count - 1) return decided(true, words, reading);
      const why = `${row.met + 1} of ${count} in a row were seen`;
      return notYet(why, ageMs, reading.expireMs);
    };
  },
};

/** What was seen of a row. */
type Row = { readonly failed: boolean; readonly met: number };

/** Looks at what was seen of the `count` rounds before `round`. */
function rowBefore(
  samples: readonly Sample[],
  round: bigint,
  count: number,
  meets: (value: bigint) => boolean,
): Row {
  const values = valuesOf(samples);
  const from = round - BigInt(count);
  let met = 0;
  for (let i = samples.length - 1; i >= 0; i -= 1) {
    const sample = samples[i];
    if (sample === undefined || sample.round < from) break;
    const value = values[i];
    if (sample.round >= round || value === undefined) continue;
    if (!meets(value)) return { failed: true, met };
    met += 1;
  }
  return { failed: false, met };
}
