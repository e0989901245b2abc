/**
 * Reads a cron expression, as crontab(5) of Vixie cron has it, with seconds if there are six
 * fields. Pure.
 */
import { err, ok, type Result } from "#protocol/result";
import { type CronFault, type Field, type FieldRule, parseField } from "./cron-field.ts";

/** A cron expression, read. Lists ascend. */
export type Cron = {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** By day of month, from 1. */
  readonly days: readonly boolean[];
  /** By month, from 1. */
  readonly months: readonly boolean[];
  /** By day of week, Sunday first. */
  readonly weekdays: readonly boolean[];
  /**
   * Whether a day must be in both lists. Otherwise both are restricted, and one is enough.
   */
  readonly bothDays: boolean;
};

const monthNames = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const dayNames = "SUN MON TUE WED THU FRI SAT".split(" ");

const second: FieldRule = { name: "second", low: 0, high: 59 };
const minute: FieldRule = { name: "minute", low: 0, high: 59 };
const hour: FieldRule = { name: "hour", low: 0, high: 23 };
const dayOfMonth: FieldRule = { name: "day of month", low: 1, high: 31, mayAsk: true };
const month: FieldRule = { name: "month", low: 1, high: 12, names: monthNames };
const dayOfWeek: FieldRule = {
  name: "day of week",
  low: 0,
  high: 7,
  names: dayNames,
  mayAsk: true,
};
const fiveFields = [minute, hour, dayOfMonth, month, dayOfWeek];
const sixFields = [second, ...fiveFields];

/** Reads an expression of five or six fields. */
export function parseCron(expression: string): Result<Cron, CronFault> {
  const words = [...expression.matchAll(/[^ \t]+/g)];
  if (expression.trimStart().startsWith("@")) {
    return fault(1, "write five fields instead of a nickname; @daily is 0 0 * * *");
  }
  const rules = words.length === 6 ? sixFields : fiveFields;
  if (words.length !== rules.length) {
    const at = words[6]?.index ?? expression.length;
    return fault(at + 1, `five fields, or six with seconds first; these are ${words.length}`);
  }
  const fields: Field[] = [];
  for (const [index, rule] of rules.entries()) {
    const word = words[index];
    const parsed = parseField(word?.[0] ?? "", (word?.index ?? 0) + 1, rule);
    if (!parsed.ok) return parsed;
    fields.push(parsed.value);
  }
  const [weekdays, months, days, hours, minutes, seconds = onTheMinute] = fields.toReversed();
  if (!weekdays || !months || !days || !hours || !minutes) return fault(1, "five fields");
  return ok({
    seconds: seconds.values,
    minutes: minutes.values,
    hours: hours.values,
    days: mask(days.values, 32),
    months: mask(months.values, 13),
    weekdays: mask(
      weekdays.values.map((day) => day % 7),
      7,
    ),
    bothDays: days.starred || weekdays.starred,
  });
}

const onTheMinute: Field = { values: [0], starred: false };

function fault(position: number, hint: string) {
  return err({ position, hint });
}

function mask(values: readonly number[], length: number): readonly boolean[] {
  const wanted = new Set(values);
  return Array.from({ length }, (_, value) => wanted.has(value));
}
