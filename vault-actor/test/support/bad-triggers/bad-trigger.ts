/** What triggers that must be refused are made of. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Unit } from "#gen/signal/v1/series";
import type { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import type { FirePolicySchema } from "#gen/trigger/v1/trigger";
import type { Reason } from "#protocol/failure";

export type ConditionInit = MessageInitShape<typeof ConditionSchema>;
export type FirePolicyInit = MessageInitShape<typeof FirePolicySchema>;

/** A trigger that must be refused. `field` is the path that the refusal names. */
export type BadTrigger = {
  readonly name: string;
  readonly condition: ConditionInit;
  readonly firePolicy?: FirePolicyInit;
  readonly reason: Reason;
  readonly field: string;
};

export const ethUsd = "market.price.eth.usd@v1";
export const quakes = "natural.quake@v1";
export const tenYears = "macro.fred.dgs10@v1";
export const ukraine = "geo.cii.ua@v8";
export const maxAge = { seconds: 300n };
export const hour = { seconds: 3600n };
export const { LESS_THAN, GREATER_THAN } = Comparator;

export type Test = Exclude<
  NonNullable<Extract<ConditionInit, { test?: unknown }>["test"]>,
  { case: undefined }
>;
export type Values = { [T in Test as T["case"] & string]: T["value"] };

/** A condition of one test, some of its fields changed. */
export const one =
  <K extends keyof Values>(kind: K, good: Values[K]) =>
  (change: Record<string, unknown> = {}): ConditionInit =>
    ({ test: { case: kind, value: { ...(good as object), ...change } } }) as ConditionInit;

export const price = { series: ethUsd, unit: Unit.USD, maxAge };
export const threshold = one("signalThreshold", { ...price, comparator: LESS_THAN, value: "2200" });
export const band = one("signalBand", { ...price, low: "2000", high: "3000" });
export const crossing = one("signalCrossing", { ...price, direction: 1, value: "2200" });
export const move = one("signalMove", { ...price, percent: "-10", window: hour });
export const stop = one("trailingStop", {
  ...price,
  side: 1,
  distance: { case: "percent", value: "10" },
});
export const average = one("windowAverage", {
  ...price,
  comparator: LESS_THAN,
  value: "2200",
  window: hour,
});
export const rounds = (change: Record<string, unknown>, count = 3): ConditionInit => ({
  test: {
    case: "consecutiveObservations",
    value: { threshold: { ...price, comparator: LESS_THAN, value: "2200", ...change }, count },
  },
});
export const event = one("eventMatch", { series: quakes, minMagnitude: "6", maxAge: hour });

export const all = (...conditions: ConditionInit[]): ConditionInit => ({
  test: { case: "all", value: { conditions } },
});
export const any = (...conditions: ConditionInit[]): ConditionInit => ({
  test: { case: "any", value: { conditions } },
});
export const not = (value: ConditionInit): ConditionInit => ({ test: { case: "not", value } });
export const deep = (levels: number): ConditionInit =>
  levels === 1 ? threshold() : not(deep(levels - 1));
export const many = (count: number) => any(...Array.from({ length: count }, () => threshold()));

export const at = "trigger.condition";

export const invalid = (name: string, condition: ConditionInit, field: string): BadTrigger => ({
  name,
  condition,
  reason: "CONDITION_INVALID",
  field: `${at}.${field}`,
});

export const broken = (name: string, condition: ConditionInit, field: string): BadTrigger => ({
  name,
  condition,
  reason: "FIELD_INVALID",
  field: `${at}.${field}`,
});
