/**
 * Composite triggers for benchmarks: trees of several kinds of test over several series, each
 * with numbers of its own. Each could become true, as a vault asks of a condition, and none does in
 * the local world.
 *
 * The one place that says what the mix is.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Unit } from "#gen/signal/v1/series";
import type { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { type Trigger, TriggerSchema } from "#gen/trigger/v1/trigger";
import { swapIntent } from "../scenario/vault.ts";
import type { Stack } from "../stack/stack.ts";

type Condition = MessageInitShape<typeof ConditionSchema>;

const maxAge = durationFromMs(86_400_000);
const eth = { series: "market.price.eth.usd@v1", unit: Unit.USD, maxAge };
const btc = { series: "market.price.btc.usd@v1", unit: Unit.USD, maxAge };
const ukraine = { series: "geo.cii.ua@v8", unit: Unit.INDEX_0_100, maxAge };
type Reading = { readonly series: string; readonly unit: Unit; readonly maxAge: typeof maxAge };

const test = (test: NonNullable<Condition["test"]>): Condition => ({ test });
const below = (of: Reading, value: number) =>
  test({
    case: "signalThreshold",
    value: { ...of, comparator: Comparator.LESS_THAN, value: String(value) },
  });
const above = (of: Reading, value: number) =>
  test({
    case: "signalThreshold",
    value: { ...of, comparator: Comparator.GREATER_THAN, value: String(value) },
  });
const within = (of: Reading, low: number, high: number) =>
  test({ case: "signalBand", value: { ...of, low: String(low), high: String(high) } });
const quake = (magnitude: string) =>
  test({
    case: "eventMatch",
    value: {
      series: "natural.quake@v1",
      minMagnitude: magnitude,
      zone: { latitudeE6: 35_700_000, longitudeE6: 139_700_000, radiusKm: 300 },
      maxAge,
    },
  });
const all = (...conditions: Condition[]) => test({ case: "all", value: { conditions } });
const any = (...conditions: Condition[]) => test({ case: "any", value: { conditions } });
const not = (condition: Condition) => test({ case: "not", value: condition });
const twoOf = (...conditions: Condition[]) =>
  test({ case: "atLeast", value: { count: 2, conditions } });

/** What is never true comes last, so that nothing is decided before all of it was looked at. */
const shapes: readonly ((n: number) => Condition)[] = [
  (n) => all(within(eth, 0.5, 90_000 + n), not(below(btc, 2 + n)), below(eth, 1 + n / 1000)),
  (n) => any(all(above(eth, 10), above(ukraine, 99)), below(btc, 2 + n / 1000), quake("9.9")),
  (n) => twoOf(above(btc, 100 + n), below(ukraine, 1), below(eth, 1 + n / 1000)),
  (n) =>
    all(
      any(above(eth, 10), above(btc, 10)),
      any(below(ukraine, 99), quake("9.5")),
      all(within(btc, 2, 3 + n / 1000), above(eth, 1)),
    ),
];

/** The n-th of them. */
export function compositeTrigger(stack: Stack, n: number): Trigger {
  const shape = shapes[n % shapes.length];
  if (shape === undefined) throw new Error("no shapes");
  return create(TriggerSchema, {
    displayName: `composite ${n}`,
    condition: shape(n),
    intent: swapIntent(stack, { shareBps: 1 }),
  });
}
