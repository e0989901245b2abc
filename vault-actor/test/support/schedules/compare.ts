/** Compares the occurrences of made-up schedules with those of two oracles. */
import { parseCron } from "../../../src/trigger/schedule/cron.ts";
import { cronAfter, cronAtOrBefore } from "../../../src/trigger/schedule/cron-times.ts";
import { cronerOccurrences } from "./croner-oracle.ts";
import { type GeneratedCron, generateCron, randomOf } from "./generated-cron.ts";
import { moveAt, temporalOccurrences, transitionsOf } from "./temporal-oracle.ts";

/** Zones that move their clocks in every way there is, and some that never do. */
export const zones: readonly string[] = [
  "Europe/Berlin",
  "America/New_York",
  // By half an hour.
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  // At a minute past midnight, until 2011.
  "America/St_Johns",
  // Twice more around Ramadan.
  "Africa/Casablanca",
  // Left out a whole day in 2011.
  "Pacific/Apia",
  // By two hours.
  "Antarctica/Troll",
  "UTC",
  "Asia/Kolkata",
  // At midnight, until 2019.
  "America/Sao_Paulo",
  // Winter is the exception.
  "Europe/Dublin",
  // Back to midnight.
  "America/Havana",
  // As short as a week.
  "Asia/Gaza",
  "Africa/Cairo",
  "Pacific/Chatham",
];

/** What a comparison came to. */
export type Comparison = {
  /** Occurrences that were compared. */
  occurrences: number;
  /** Those that the library knew as well. */
  byLibrary: number;
  /** Those of windows in which the clock was moved. */
  acrossMoves: number;
  readonly seed: number;
  missed: number;
  extra: number;
  /** The first windows that differ. */
  readonly differences: string[];
};

const dayMs = 86_400_000;
const startMs = Date.UTC(1990, 0, 1);
const endMs = Date.UTC(2060, 0, 1);

/** Compares until `wanted` occurrences were looked at. The same seed compares the same. */
export function compareSchedules(wanted: number, seed: number): Comparison {
  const random = randomOf(seed);
  const movesOf = new Map(
    zones.map((zone) => [zone, transitionsOf(zone, startMs, endMs)] as const),
  );
  const total: Comparison = {
    occurrences: 0,
    byLibrary: 0,
    acrossMoves: 0,
    seed,
    missed: 0,
    extra: 0,
    differences: [],
  };
  for (let n = 0; total.occurrences < wanted; n++) {
    const zone = zones[n % zones.length] ?? "UTC";
    const cron = generateCron(random);
    const moved = movesOf.get(zone) ?? [];
    const near = random() < 0.75 ? moved[Math.floor(random() * moved.length)] : undefined;
    const middle = near ?? startMs + random() * (endMs - startMs);
    const fromMs = Math.floor(middle - random() * cron.windowMs);
    const toMs = Math.floor(fromMs + cron.windowMs);
    const moves = moved.filter((ms) => ms > fromMs - dayMs && ms <= toMs + dayMs);
    const movedMs = Math.max(0, ...moves.map((ms) => moveAt(ms, zone)));
    compareWindow(total, cron, zone, [fromMs, toMs], movedMs);
  }
  return total;
}

function compareWindow(
  total: Comparison,
  cron: GeneratedCron,
  zone: string,
  [fromMs, toMs]: readonly [number, number],
  movedMs: number,
): void {
  const expected = temporalOccurrences(cron, zone, fromMs, toMs, movedMs);
  const library = cronerOccurrences(cron, zone, fromMs, toMs, movedMs);
  total.occurrences += expected.length;
  total.byLibrary += library?.length ?? 0;
  if (movedMs > 0) total.acrossMoves += expected.length;
  const forward = walk(cron, zone, fromMs, toMs);
  const backward = walkBack(cron, zone, fromMs, toMs);
  const where = `${cron.expression} in ${zone} from ${fromMs} to ${toMs}`;
  differ(total, `${where}, forward`, forward, expected);
  differ(total, `${where}, backward`, backward, expected);
  if (library !== undefined) differ(total, `${where}, library`, forward, library);
}

function differ(
  total: Comparison,
  where: string,
  found: readonly number[],
  expected: readonly number[],
): void {
  const known = new Set(found);
  const wanted = new Set(expected);
  const missed = expected.filter((ms) => !known.has(ms));
  const extra = found.filter((ms) => !wanted.has(ms));
  total.missed += missed.length;
  total.extra += extra.length + (found.length - known.size);
  const first = [missed[0], extra[0]].map((ms) => (ms === undefined ? "-" : textOf(ms)));
  if (missed.length + extra.length === 0 || total.differences.length === 10) return;
  total.differences.push(`${where}: first missed ${first[0]}, first extra ${first[1]}`);
}

function walk(cron: GeneratedCron, zone: string, fromMs: number, toMs: number) {
  const parsed = read(cron);
  const found: number[] = [];
  let at = cronAfter(parsed, zone, fromMs);
  while (at !== undefined && at <= toMs) {
    found.push(at);
    at = cronAfter(parsed, zone, at);
  }
  return found;
}

function walkBack(cron: GeneratedCron, zone: string, fromMs: number, toMs: number) {
  const parsed = read(cron);
  const found: number[] = [];
  let at = cronAtOrBefore(parsed, zone, toMs);
  while (at !== undefined && at > fromMs) {
    found.push(at);
    at = cronAtOrBefore(parsed, zone, at - 1);
  }
  return found;
}

function read({ expression }: GeneratedCron) {
  const parsed = parseCron(expression);
  if (!parsed.ok) throw new Error(`${expression}: ${parsed.error.hint}`);
  return parsed.value;
}

function textOf(ms: number): string {
  return new Date(ms).toISOString();
}
