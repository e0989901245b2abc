/** One field of a cron expression: which values it names. Pure. */
import { err, ok, type Result } from "#protocol/result";

/** What is wrong with an expression. */
export type CronFault = {
  /** The character at which it is wrong, the first being 1. */
  readonly position: number;
  /** What would be right. */
  readonly hint: string;
};

/** What a field may name. */
export type FieldRule = {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Names of values, from `low` on. Three letters each. */
  readonly names?: readonly string[];
  /** Whether `?` may stand for `*`. */
  readonly mayAsk?: boolean;
};

/** What a field names. */
export type Field = {
  /** Ascending, each once. */
  readonly values: readonly number[];
  /** Whether it starts with a star (or is `?`): Vixie cron takes such a field as unrestricted. */
  readonly starred: boolean;
};

/** Reads a field. `position` is where it starts in the expression. */
export function parseField(
  text: string,
  position: number,
  rule: FieldRule,
): Result<Field, CronFault> {
  if (rule.mayAsk === true && text === "?") {
    return ok({ values: range(rule.low, rule.high, 1), starred: true });
  }
  const values = new Set<number>();
  let at = position;
  for (const part of text.split(",")) {
    const parsed = parsePart(part, at, rule);
    if (!parsed.ok) return parsed;
    for (const value of parsed.value) values.add(value);
    at += part.length + 1;
  }
  return ok({ values: [...values].sort((a, b) => a - b), starred: text.startsWith("*") });
}

/** Reads `*`, `5`, `5-20`, and each of them with a step: `5-20/3`. */
function parsePart(
  part: string,
  position: number,
  rule: FieldRule,
): Result<readonly number[], CronFault> {
  const { name, low, high } = rule;
  const fault = (hint: string, offset = 0) => err({ position: position + offset, hint });
  if (part === "") return fault(`the ${name} field has an empty list element`);
  const [base = "", stepText, ...rest] = part.split("/");
  if (rest.length > 0) return fault("only one step", base.length + 1 + (stepText?.length ?? 0));
  const step = stepText === undefined ? 1 : numberOf(stepText);
  if (step === undefined || step < 1 || step > high) {
    const at = base.length + 1;
    return fault(`a step of the ${name} field is a number from 1 to ${high}`, at);
  }
  if (base === "*") return ok(range(low, high, step));
  const [fromText = "", toText, ...more] = base.split("-");
  if (more.length > 0) return fault(`a range of the ${name} field is two values`);
  const from = readValue(fromText, rule);
  if (from === undefined) return fault(wrongValue(fromText, rule));
  if (toText === undefined) return ok(stepText === undefined ? [from] : range(from, high, step));
  const to = readValue(toText, rule);
  const toAt = fromText.length + 1;
  if (to === undefined) return fault(wrongValue(toText, rule), toAt);
  // SAT-SUN is meant as 6-7.
  const last = to < from && rule.names?.[to] === toText.toUpperCase() && to === 0 ? high : to;
  if (last < from) {
    return fault(`a range of the ${name} field ascends; write a list of two ranges`, toAt);
  }
  return ok(range(from, last, step));
}

function readValue(text: string, rule: FieldRule): number | undefined {
  const named = rule.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return rule.low + named;
  const value = numberOf(text);
  return value !== undefined && value >= rule.low && value <= rule.high ? value : undefined;
}

function numberOf(text: string): number | undefined {
  return /^[0-9]{1,4}$/.test(text) ? Number(text) : undefined;
}

function wrongValue(text: string, { name, low, high, names, mayAsk }: FieldRule): string {
  if (/[#lw]$/i.test(text) || text.includes("#")) return "L, W and # are not served";
  if (text.includes("?")) {
    return mayAsk === true
      ? `? stands alone in the ${name} field`
      : `? stands for the day of month or of week only; write *`;
  }
  const words = names === undefined ? "" : `, or ${names[0]} to ${names.at(-1)}`;
  return `the ${name} field names ${low} to ${high}${words}`;
}

function range(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => from + n * step);
}
