/** Cron expressions made up from a seed, with what their fields name: nothing is parsed. */

/** A source of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A field as text, and what it names. */
export type GeneratedField = {
  readonly text: string;
  readonly values: ReadonlySet<number>;
  /** Whether the text is `*` or `?`. */
  readonly isStar: boolean;
  /** Whether the text begins with a star. */
  readonly isStarred: boolean;
};

/** An expression whose fields are known. */
export type GeneratedCron = {
  readonly expression: string;
  readonly second: GeneratedField;
  readonly minute: GeneratedField;
  readonly hour: GeneratedField;
  readonly dayOfMonth: GeneratedField;
  readonly month: GeneratedField;
  readonly dayOfWeek: GeneratedField;
  /** A span in which it occurs some ten to some thousand times. */
  readonly windowMs: number;
};

type Form = "star" | "every" | "value" | "list" | "range" | "stride" | "from";

const dayMs = 86_400_000;
const monthNames = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const dayNames = "SUN MON TUE WED THU FRI SAT SUN".split(" ");
const forms: readonly Form[] = ["star", "every", "value", "list", "range", "stride", "from"];

/** Makes up an expression. */
export function generateCron(random: () => number): GeneratedCron {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const star = field(random, "star", 0, 0);
  const zero = value(0);
  const any = {
    second: () => field(random, pick(forms), 0, 59),
    minute: () => field(random, pick(forms), 0, 59),
    hour: () => field(random, pick(forms), 0, 23),
    // Where clocks are moved.
    night: () => field(random, pick(["value", "list", "range"]), 0, 4),
    one: (high: number) => field(random, "value", 0, high),
    dayOfMonth: () => field(random, pick(forms), 1, 31),
    month: () => field(random, pick(forms), 1, 12, monthNames),
    dayOfWeek: () => field(random, pick(forms), 0, 7, dayNames),
  };
  const all = { dayOfMonth: star, month: star, dayOfWeek: star };
  switch (pick(["seconds", "minutes", "night", "hours", "days", "days", "months", "rare"])) {
    case "seconds":
      return made(any.second(), pick([star, any.minute()]), pick([star, any.night()]), all, 2 / 96);
    case "minutes":
      return made(zero, any.minute(), any.hour(), all, 1);
    case "night":
      return made(zero, any.minute(), any.night(), all, 12);
    case "hours":
      return made(pick([zero, any.one(59)]), any.one(59), any.hour(), all, 14);
    case "days": {
      const days = { dayOfMonth: any.dayOfMonth(), month: star, dayOfWeek: any.dayOfWeek() };
      const hour = pick([any.night(), any.hour()]);
      return made(zero, any.one(59), hour, days, 60);
    }
    case "months": {
      const days = { ...all, dayOfMonth: any.dayOfMonth(), month: any.month() };
      return made(zero, any.one(59), any.night(), days, 800);
    }
    default: {
      const days = { dayOfMonth: value(29), month: value(2), dayOfWeek: star };
      return made(zero, any.one(59), any.hour(), days, 3300);
    }
  }

  function made(
    second: GeneratedField,
    minute: GeneratedField,
    hour: GeneratedField,
    days: Pick<GeneratedCron, "dayOfMonth" | "month" | "dayOfWeek">,
    windowDays: number,
  ): GeneratedCron {
    const { dayOfMonth, month, dayOfWeek } = days;
    const five = [minute, hour, dayOfMonth, month, dayOfWeek];
    const isPlain = second.values.size === 1 && second.values.has(0) && random() < 0.8;
    const expression = (isPlain ? five : [second, ...five]).map(({ text }) => text).join(" ");
    return { expression, second, minute, hour, ...days, windowMs: windowDays * dayMs };
  }
}

function value(only: number): GeneratedField {
  return { text: String(only), values: new Set([only]), isStar: false, isStarred: false };
}

function field(
  random: () => number,
  form: Form,
  low: number,
  high: number,
  names?: readonly string[],
): GeneratedField {
  const between = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const word = (n: number) => {
    const name = random() < 0.3 ? names?.[n - low] : undefined;
    return name === undefined ? String(n) : random() < 0.5 ? name : name.toLowerCase();
  };
  const upTo = (from: number, to: number, step: number) => {
    const values: number[] = [];
    for (let n = from; n <= to; n += step) values.push(n);
    return values;
  };
  const of = (text: string, values: readonly number[]): GeneratedField => ({
    text,
    values: new Set(values),
    isStar: form === "star",
    isStarred: form === "star" || form === "every",
  });
  const from = between(low, high);
  const to = between(from, high);
  const step = between(1, Math.max(1, Math.floor(high / 2)));
  switch (form) {
    case "star":
      return of("*", upTo(low, Math.max(high, 59), 1));
    case "every":
      return of(`*/${step}`, upTo(low, high, step));
    case "value":
      return of(word(from), [from]);
    case "list": {
      const values = Array.from({ length: between(2, 4) }, () => between(low, high));
      return of(values.map(word).join(","), values);
    }
    case "range":
      return of(`${from}-${to}`, upTo(from, to, 1));
    case "stride":
      return of(`${from}-${to}/${step}`, upTo(from, to, step));
    case "from":
      return of(`${from}/${step}`, upTo(from, high, step));
  }
}
