/**
 * Triggers that must be refused when they are made, each with the reason and the path of the
 * field. They are checked in memory and against the whole stack.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Unit } from "#gen/signal/v1/series";
import type { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import type { FirePolicySchema } from "#gen/trigger/v1/trigger";
import type { Reason } from "#protocol/failure";

type ConditionInit = MessageInitShape<typeof ConditionSchema>;
type FirePolicyInit = MessageInitShape<typeof FirePolicySchema>;

/** A trigger that must be refused. `field` is the path that the refusal names. */
export type BadTrigger = {
  readonly name: string;
  readonly condition: ConditionInit;
  readonly firePolicy?: FirePolicyInit;
  readonly reason: Reason;
  readonly field: string;
};

const ethUsd = "market.price.eth.usd@v1";
const quakes = "natural.quake@v1";
const ukraine = "geo.cii.ua@v8";
const maxAge = { seconds: 300n };
const hour = { seconds: 3600n };
const { LESS_THAN, GREATER_THAN } = Comparator;

type Test = Exclude<
  NonNullable<Extract<ConditionInit, { test?: unknown }>["test"]>,
  { case: undefined }
>;
type Values = { [T in Test as T["case"] & string]: T["value"] };

/** A condition of one test, some of its fields changed. */
const one =
  <K extends keyof Values>(kind: K, good: Values[K]) =>
  (change: Record<string, unknown> = {}): ConditionInit =>
    ({ test: { case: kind, value: { ...(good as object), ...change } } }) as ConditionInit;

const price = { series: ethUsd, unit: Unit.USD, maxAge };
const threshold = one("signalThreshold", { ...price, comparator: LESS_THAN, value: "2200" });
const band = one("signalBand", { ...price, low: "2000", high: "3000" });
const crossing = one("signalCrossing", { ...price, direction: 1, value: "2200" });
const move = one("signalMove", { ...price, percent: "-10", window: hour });
const stop = one("trailingStop", {
  ...price,
  side: 1,
  distance: { case: "percent", value: "10" },
});
const average = one("windowAverage", {
  ...price,
  comparator: LESS_THAN,
  value: "2200",
  window: hour,
});
const rounds = (change: Record<string, unknown>, count = 3): ConditionInit => ({
  test: {
    case: "consecutiveObservations",
    value: { threshold: { ...price, comparator: LESS_THAN, value: "2200", ...change }, count },
  },
});
const event = one("eventMatch", { series: quakes, minMagnitude: "6", maxAge: hour });

const all = (...conditions: ConditionInit[]): ConditionInit => ({
  test: { case: "all", value: { conditions } },
});
const any = (...conditions: ConditionInit[]): ConditionInit => ({
  test: { case: "any", value: { conditions } },
});
const not = (value: ConditionInit): ConditionInit => ({ test: { case: "not", value } });
const deep = (levels: number): ConditionInit =>
  levels === 1 ? threshold() : not(deep(levels - 1));
const many = (count: number) => any(...Array.from({ length: count }, () => threshold()));

const at = "trigger.condition";

/** One of the unknown series, and one in another unit, for every test that names both. */
const perSeries = Object.entries({
  signal_threshold: threshold,
  signal_band: band,
  signal_crossing: crossing,
  signal_move: move,
  trailing_stop: stop,
  window_average: average,
  "consecutive_observations.threshold": rounds,
}).flatMap(([name, make]): readonly BadTrigger[] => [
  {
    name: `${name} of a series that is not there`,
    condition: make({ series: "no.such@v1" }),
    reason: "SERIES_UNKNOWN",
    field: `${at}.${name}.series`,
  },
  {
    name: `${name} in another unit than the series`,
    condition: make({ unit: Unit.PERCENT }),
    reason: "UNIT_MISMATCH",
    field: `${at}.${name}.unit`,
  },
  {
    name: `${name} of events`,
    condition: make({ series: quakes, unit: Unit.MAGNITUDE }),
    reason: "CONDITION_INVALID",
    field: `${at}.${name}.series`,
  },
  {
    name: `${name} without a maximum age`,
    condition: make({ maxAge: undefined }),
    reason: "FIELD_INVALID",
    field: `${at}.${name}.max_age`,
  },
]);

const invalid = (name: string, condition: ConditionInit, field: string): BadTrigger => ({
  name,
  condition,
  reason: "CONDITION_INVALID",
  field: `${at}.${field}`,
});

const broken = (name: string, condition: ConditionInit, field: string): BadTrigger => ({
  name,
  condition,
  reason: "FIELD_INVALID",
  field: `${at}.${field}`,
});

const tree: readonly BadTrigger[] = [
  invalid("seven levels", deep(7), Array.from({ length: 6 }, () => "not").join(".")),
  invalid("65 tests", any(many(32), many(32), threshold()), "any.conditions[2].signal_threshold"),
  broken("no test", {}, "test"),
  broken("nothing in all", all(), "all.conditions"),
  broken("33 children", many(33), "any.conditions"),
  invalid(
    "three of two",
    { test: { case: "atLeast", value: { count: 3, conditions: [threshold(), band()] } } },
    "at_least.count",
  ),
  broken(
    "a sequence of one",
    { test: { case: "sequence", value: { conditions: [threshold()], within: hour } } },
    "sequence.conditions",
  ),
  broken(
    "a sequence within no time",
    { test: { case: "sequence", value: { conditions: [threshold(), event()] } } },
    "sequence.within",
  ),
  broken(
    "nothing that is held",
    { test: { case: "heldFor", value: { duration: hour } } },
    "held_for.condition",
  ),
  {
    name: "editorial series alone",
    condition: threshold({ series: ukraine, unit: Unit.INDEX_0_100, value: "80" }),
    reason: "CONDITION_INVALID",
    field: at,
  },
];

const signals: readonly BadTrigger[] = [
  invalid("a price below all prices", threshold({ value: "0" }), "signal_threshold.value"),
  invalid("a band upside down", band({ low: "3000", high: "2000" }), "signal_band.low"),
  invalid("a move by nothing", move({ percent: "0" }), "signal_move.percent"),
  invalid("a fall by more than all", move({ percent: "-101" }), "signal_move.percent"),
  invalid("a window of one heartbeat", move({ window: { seconds: 60n } }), "signal_move.window"),
  broken("a window of a second", move({ window: { seconds: 1n } }), "signal_move.window"),
  broken(
    "a window of a year",
    average({ window: { seconds: 31_536_000n } }),
    "window_average.window",
  ),
  invalid(
    "a stop by nothing",
    stop({ distance: { case: "percent", value: "0" } }),
    "trailing_stop.percent",
  ),
  invalid(
    "a stop upwards",
    stop({ distance: { case: "absolute", value: "-1" } }),
    "trailing_stop.absolute",
  ),
  broken(
    "a stop without a distance",
    stop({ distance: { case: undefined } }),
    "trailing_stop.distance",
  ),
  broken("one round in a row", rounds({}, 1), "consecutive_observations.count"),
  broken("101 rounds in a row", rounds({}, 101), "consecutive_observations.count"),
  broken("a constant that is no number", threshold({ value: "1e3" }), "signal_threshold.value"),
  broken("no relation", threshold({ comparator: 0 }), "signal_threshold.comparator"),
  invalid("events of a price", event({ series: ethUsd }), "event_match.series"),
  {
    name: "events of a series that is not there",
    condition: event({ series: "no.such@v1" }),
    reason: "SERIES_UNKNOWN",
    field: `${at}.event_match.series`,
  },
  broken(
    "a zone of no size",
    event({ zone: { latitudeE6: 0, longitudeE6: 0, radiusKm: 0 } }),
    "event_match.zone.radius_km",
  ),
];

const cron = (expression: string, timeZone = "Europe/Berlin"): ConditionInit => ({
  test: {
    case: "schedule",
    value: { schedule: { case: "cron", value: { expression, timeZone } } },
  },
});
const badCron = (name: string, expression: string) =>
  invalid(name, cron(expression), "schedule.cron.expression");
const interval = (more: Record<string, unknown>, catchUp?: { seconds: bigint }) =>
  ({
    test: {
      case: "schedule",
      value: {
        schedule: {
          case: "interval",
          value: { startTime: timestampFromMs(0), period: hour, ...more },
        },
        ...(catchUp === undefined ? {} : { catchUp }),
      },
    },
  }) as ConditionInit;

const schedules: readonly BadTrigger[] = [
  badCron("cron of four fields", "10 20 25 12"),
  badCron("cron of seven fields", "0 0 9 * * 1 2027"),
  badCron("cron of a 61st minute", "61 * * * *"),
  badCron("cron of no step", "*/0 * * * *"),
  badCron("cron of a range backwards", "0 9 * * 5-1#2"),
  badCron("cron of a day that is none", "0 9 * * funday"),
  badCron("cron of 31 February", "0 9 31 2 *"),
  broken("cron of nothing", cron(""), "schedule.cron.expression"),
  invalid(
    "cron in a zone that is none",
    cron("0 9 * * 1", "Mars/Olympus"),
    "schedule.cron.time_zone",
  ),
  invalid(
    "once in the past",
    {
      test: {
        case: "schedule",
        value: {
          schedule: { case: "once", value: { time: timestampFromMs(1_000_000_000_000) } },
        },
      },
    },
    "schedule.once.time",
  ),
  broken(
    "an interval of half a second",
    interval({ period: { nanos: 500_000_000 } }),
    "schedule.interval.period",
  ),
  broken("an interval of nothing", interval({ period: undefined }), "schedule.interval.period"),
  broken("no time to catch up in", interval({}, { seconds: 0n }), "schedule.catch_up"),
  broken("no schedule", { test: { case: "schedule", value: {} } }, "schedule.schedule"),
];

const token = `0x${"b".repeat(40)}`;
const here = `eip155:31337:${token}`;
const transfer = one("chainLog", {
  contract: here,
  event: "Transfer(address indexed from, address indexed to, uint256 value)",
  confirmations: 1,
});
const argument = (index: number, value: string, comparator = 0) =>
  transfer({ arguments: [{ index, value, comparator }] });
const answer = one("contractRead", {
  contract: here,
  function: "function latestAnswer() view returns (int256)",
  comparator: LESS_THAN,
  value: "1",
  maxAge,
});
const balance = one("balance", {
  asset: "eip155:31337/slip44:60",
  comparator: LESS_THAN,
  amount: "1",
  maxAge,
});
const target = (asset: string, weightBps: number, priceSeries = ethUsd) => ({
  asset: `eip155:31337/${asset}`,
  weightBps,
  priceSeries,
});
const drift = (...targets: ReturnType<typeof target>[]): ConditionInit => ({
  test: { case: "allocationDrift", value: { targets, minDriftBps: 500, maxAge } },
});
const health = one("healthFactor", {
  protocol: 1,
  market: here,
  comparator: LESS_THAN,
  value: "1.1",
  maxAge,
});
const gas = one("gasPrice", { chain: "eip155:31337", comparator: LESS_THAN, wei: "1", maxAge });

const elsewhere = (name: string, condition: ConditionInit, field: string): BadTrigger => ({
  name,
  condition,
  reason: "CHAIN_UNSUPPORTED",
  field: `${at}.${field}`,
});

const chains: readonly BadTrigger[] = [
  elsewhere(
    "logs of another chain",
    transfer({ contract: `eip155:2:${token}` }),
    "chain_log.contract",
  ),
  invalid("an event that is none", transfer({ event: "Transfer(nothing)" }), "chain_log.event"),
  invalid("a fourth argument of three", argument(3, "1"), "chain_log.arguments[0].index"),
  invalid("an address that is a number", argument(0, "1"), "chain_log.arguments[0].value"),
  invalid("an address above another", argument(0, token, 3), "chain_log.arguments[0].comparator"),
  broken("257 confirmations", transfer({ confirmations: 257 }), "chain_log.confirmations"),
  elsewhere(
    "an answer of another chain",
    answer({ contract: `eip155:2:${token}` }),
    "contract_read.contract",
  ),
  invalid(
    "a function that changes something",
    answer({ function: "function transfer(address to, uint256 amount) returns (bool)" }),
    "contract_read.function",
  ),
  invalid("an argument too many", answer({ arguments: ["1"] }), "contract_read.arguments"),
  invalid("a result that is not there", answer({ resultIndex: 1 }), "contract_read.result_index"),
  invalid("a fraction of a whole number", answer({ value: "1.5" }), "contract_read.value"),
  elsewhere(
    "a balance on another chain",
    balance({ asset: "eip155:2/slip44:60" }),
    "balance.asset",
  ),
  invalid(
    "a coin that is not the chain's",
    balance({ asset: "eip155:31337/slip44:61" }),
    "balance.asset",
  ),
  broken("a balance below nothing", balance({ amount: "-1" }), "balance.amount"),
  invalid(
    "weights of more than the whole",
    drift(target("slip44:60", 6000), target(`erc20:${token}`, 6000)),
    "allocation_drift.targets",
  ),
  invalid(
    "the same asset twice",
    drift(target("slip44:60", 5000), target("slip44:60", 5000)),
    "allocation_drift.targets[1].asset",
  ),
  {
    name: "a price in another unit than dollars",
    condition: drift(target("slip44:60", 5000), target(`erc20:${token}`, 5000, ukraine)),
    reason: "UNIT_MISMATCH",
    field: `${at}.allocation_drift.targets[1].price_series`,
  },
  invalid(
    "Aave with a market's id",
    health({ marketId: `0x${"1".repeat(64)}` }),
    "health_factor.market_id",
  ),
  invalid("Morpho without a market's id", health({ protocol: 2 }), "health_factor.market_id"),
  elsewhere(
    "a position on another chain",
    health({ account: `eip155:2:${token}` }),
    "health_factor.account",
  ),
  elsewhere("gas of another chain", gas({ chain: "eip155:2" }), "gas_price.chain"),
  broken("gas without a maximum age", gas({ maxAge: undefined }), "gas_price.max_age"),
];

const firing: readonly BadTrigger[] = [
  {
    name: "a repeat without a rest",
    condition: threshold(),
    firePolicy: { refire: true, cooldown: { seconds: 59n } },
    reason: "CONDITION_INVALID",
    field: "trigger.fire_policy.cooldown",
  },
  {
    name: "a repeat that has to clear",
    condition: threshold(),
    firePolicy: {
      refire: true,
      cooldown: hour,
      clearCondition: threshold({ comparator: GREATER_THAN, value: "2300" }),
    },
    reason: "CONDITION_INVALID",
    field: "trigger.fire_policy.clear_condition",
  },
  {
    name: "a clear condition that can be true while the condition is",
    condition: threshold(),
    firePolicy: { clearCondition: threshold({ value: "2300" }) },
    reason: "CONDITION_INVALID",
    field: "trigger.fire_policy.clear_condition",
  },
  {
    name: "a clear condition of a series that is not there",
    condition: threshold(),
    firePolicy: { clearCondition: threshold({ series: "no.such@v1" }) },
    reason: "SERIES_UNKNOWN",
    field: "trigger.fire_policy.clear_condition.signal_threshold.series",
  },
  {
    name: "an end in the past",
    condition: threshold(),
    firePolicy: { expireTime: timestampFromMs(1_000_000_000_000) },
    reason: "CONDITION_INVALID",
    field: "trigger.fire_policy.expire_time",
  },
];

/** All of them. */
export const badTriggers: readonly BadTrigger[] = [
  ...tree,
  ...perSeries,
  ...signals,
  ...schedules,
  ...chains,
  ...firing,
];
