/** A signal's latest value against a constant. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { SignalThreshold } from "#gen/trigger/v1/signal_condition";
import { parseDecimal } from "../decimal.ts";
import type { LeafKind } from "../leaf-kind.ts";
import { readSeries } from "../reading.ts";
import { relationOf } from "./comparator.ts";
import { decided, stale } from "./leaf-outcome.ts";
import { lengthOf } from "./length.ts";
import { checkThreshold } from "./series-check.ts";

/** A signal's latest value against a constant. */
export const signalThreshold: LeafKind<SignalThreshold> = {
  shape: "level",
  check: checkThreshold,
  depends: ({ series }) => [{ kind: "series", series }],
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test) {
    const { series, value } = test;
    const limit = parseDecimal(value);
    const relation = relationOf(test.comparator);
    const maxAgeMs = lengthOf(test.maxAge);
    return (view) => {
      const reading = readSeries(view, series, test.unit, maxAgeMs);
      if (!reading.fit) return stale(reading.why, reading.ageMs, reading.fitMs);
      if (limit === undefined || relation === undefined) {
        return stale("malformed test", reading.ageMs);
      }
      const words = () => `${reading.text} ${relation.sign} ${value}`;
      return decided(relation.holds(reading.value, limit), words, reading);
    };
  },
};
