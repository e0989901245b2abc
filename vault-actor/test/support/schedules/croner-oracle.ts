/** When a cron expression occurs according to the library croner, where its rules are ours. */
import { Cron } from "croner";
import type { GeneratedCron, GeneratedField } from "./generated-cron.ts";

/**
 * All occurrences after `fromMs` until `toMs`, ascending. `undefined`: the library reads the
 * expression otherwise, or treats the clock's moves otherwise.
 */
export function cronerOccurrences(
  cron: GeneratedCron,
  zone: string,
  fromMs: number,
  toMs: number,
  movedMs: number,
): readonly number[] | undefined {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = cron;
  // It takes a day with a step for restricted.
  const steps = [dayOfMonth, dayOfWeek].some((day) => day.isStarred && !day.isStar);
  if (steps && !(dayOfMonth.isStar || dayOfWeek.isStar)) return undefined;
  const isFixed = [second, minute, hour].every((field) => !/[*/]/.test(field.text));
  const isClock = hour.isStar;
  if (movedMs > 0 && !isClock && !(isFixed && hour.values.size < 24)) return undefined;
  // It lets go what would fall on the next day.
  if (movedMs >= 86_400_000) return undefined;
  const fields = [second, minute, hour, dayOfMonth, month, dayOfWeek];
  const highs = [59, 59, 23, 31, 12, 7];
  const expression = fields.map((field, n) => strict(field, highs[n] ?? 0)).join(" ");
  const job = new Cron(expression, {
    timezone: zone,
    fixedTimeRule: "no-wildcard",
    mode: "6-part",
    paused: true,
  });
  const found: number[] = [];
  let at = job.nextRun(new Date(fromMs));
  while (at !== null && at.getTime() <= toMs) {
    found.push(at.getTime());
    at = job.nextRun(at);
  }
  job.stop();
  return found;
}

/** It doesn't know `5/15`. */
function strict({ text }: GeneratedField, high: number): string {
  return text.replace(/^([0-9]+)\//, `$1-${high}/`);
}
