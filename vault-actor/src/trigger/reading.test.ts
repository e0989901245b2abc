import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { ObservationSchema } from "#gen/signal/v1/observation";
import { Unit } from "#gen/signal/v1/series";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { account, startMs, viewAt } from "../../test/support/conditions.ts";
import { compile } from "./compile.ts";
import { evaluate } from "./evaluate.ts";

const series = "market.price.eth.usd@v1";
const node = compile(
  create(ConditionSchema, {
    test: {
      case: "signalThreshold",
      value: {
        series,
        unit: Unit.USD,
        comparator: Comparator.GREATER_THAN,
        value: "100",
        maxAge: durationFromMs(60_000),
      },
    },
  }),
  account,
);
const observation = create(ObservationSchema, {
  series,
  round: 1n,
  value: "101",
  observeTime: timestampFromMs(startMs),
  fetchTime: timestampFromMs(startMs),
});

const at = (nowMs: number) =>
  evaluate(node, viewAt(nowMs, { observations: new Map([[series, observation]]) }), {}).outcome;

test("a reading that is dated too far ahead is looked at again when time makes it fit", () => {
  const early = at(startMs - 90_000);
  expect(early).toMatchObject({ verdict: Verdict.UNKNOWN, lookMs: startMs - 60_000 });
  expect(at(early.lookMs - 1).verdict).toBe(Verdict.UNKNOWN);
  expect(at(early.lookMs).verdict).toBe(Verdict.TRUE);
});
