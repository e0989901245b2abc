/**
 * A second, deliberately simple evaluator, straight from the comments of the contract.
 *
 * It remembers nothing: each verdict is worked out anew from the list of all looks. It shares
 * nothing with the vault's own but the messages and the reading of decimals.
 */
import type { Condition } from "#gen/trigger/v1/condition";
import type { View } from "../../../src/trigger/view.ts";
import { judgeTest } from "./naive-test.ts";

/** True, false or unknown. */
export type Truth = "T" | "F" | "U";

/** An occurrence, and those that it rests on: they are used up together. */
export type Cause = { readonly id: string; readonly rests: readonly Cause[] };

/** What a condition is at a look. */
export type Judged = { readonly truth: Truth; readonly causes: readonly Cause[] };

/** All that happened: the looks, and what the trigger did at each. */
export type Trace = {
  readonly views: readonly View[];
  /** Whether the whole condition was known at a look before this one. */
  readonly known: (look: number) => boolean;
  /** Occurrences that were used up before a look. */
  readonly used: (look: number) => ReadonlySet<string>;
};

/** The shortest time without a look that is a break. */
const breakMs = 120_000;

/** Judges `condition` at the look `i`. `place`: the indexes of the children on the way to it. */
export function judge(
  condition: Condition,
  trace: Trace,
  i: number,
  place: readonly number[] = [],
): Judged {
  const { test } = condition;
  switch (test.case) {
    case "all":
      return some(test.value.conditions.length, test.value.conditions, trace, i, place);
    case "any":
      return some(1, test.value.conditions, trace, i, place);
    case "atLeast":
      return some(test.value.count, test.value.conditions, trace, i, place);
    case "not": {
      const { truth } = judge(test.value, trace, i, place);
      return { truth: truth === "T" ? "F" : truth === "F" ? "T" : "U", causes: [] };
    }
    case "heldFor": {
      const { condition: child, duration } = test.value;
      if (child === undefined) throw new Error("no child");
      const at = (look: number) => judge(child, trace, look, place).truth;
      return { truth: held(at, Number(duration?.seconds) * 1000, trace, i), causes: [] };
    }
    case "sequence": {
      const { conditions, within } = test.value;
      return inOrder(conditions, Number(within?.seconds) * 1000, trace, i, place);
    }
    default:
      return judgeTest(condition, trace, i);
  }
}

/** What is known is what every way to settle the unknown agrees on. */
function some(
  wanted: number,
  conditions: readonly Condition[],
  trace: Trace,
  i: number,
  place: readonly number[],
): Judged {
  const children = conditions.map((child, k) => judge(child, trace, i, [...place, k]));
  let worlds: boolean[][] = [[]];
  for (const { truth } of children) {
    const values = truth === "U" ? [true, false] : [truth === "T"];
    worlds = worlds.flatMap((world) => values.map((value) => [...world, value]));
  }
  const outcomes = new Set(worlds.map((world) => world.filter(Boolean).length >= wanted));
  if (outcomes.size > 1) return { truth: "U", causes: [] };
  if (!outcomes.has(true)) return { truth: "F", causes: [] };
  return { truth: "T", causes: children.flatMap(({ causes }) => causes) };
}

function held(at: (look: number) => Truth, durationMs: number, { views }: Trace, i: number): Truth {
  const nowMs = (look: number) => views[look]?.nowMs ?? 0;
  if (at(i) !== "T") return at(i);
  let first = i;
  while (first > 0 && at(first - 1) === "T" && nowMs(first) - nowMs(first - 1) <= breakMs) {
    first -= 1;
  }
  return nowMs(i) - nowMs(first) >= durationMs ? "T" : "F";
}

/** Looks for a chain of looks, one a child, each later than the one before. */
function inOrder(
  conditions: readonly Condition[],
  withinMs: number,
  trace: Trace,
  i: number,
  place: readonly number[],
): Judged {
  const last = conditions.length - 1;
  const suffix = place.length === 0 ? "" : `/${place.join(".")}`;
  const nowMs = (look: number) => trace.views[look]?.nowMs ?? 0;
  const taken: Set<string>[] = [new Set()];
  const inside: Trace = {
    ...trace,
    used: (look) => new Set([...trace.used(look), ...(taken[look] ?? [])]),
  };
  // By look: which children became true at it.
  const became: boolean[][] = [];
  const was = conditions.map((_, k) => k > 0);
  let from = 0;
  let done: { readonly ms: number; readonly by: readonly Cause[] } | undefined;
  let judged: Judged = { truth: "F", causes: [] };

  const chain = (k: number, before: number, endMs: number): boolean => {
    for (let look = from; look < before; look += 1) {
      if (became[look]?.[k] !== true) continue;
      if (k === 0 ? endMs - nowMs(look) <= withinMs : chain(k - 1, look, endMs)) return true;
    }
    return false;
  };

  for (let look = 0; look <= i; look += 1) {
    const children = conditions.map((child, k) => judge(child, inside, look, [...place, k]));
    const known = taken[look] ?? new Set();
    const takes = new Set(known);
    const end = children[last];
    if (done !== undefined && end?.truth === "F") {
      for (const cause of done.by) takes.add(cause.id);
      done = undefined;
      from = look;
    }
    became[look] = children.map(({ truth, causes }, k) =>
      truth !== "T" ? false : causes.length > 0 ? causes.some((c) => !takes.has(c.id)) : !was[k],
    );
    const open = chain(last - 1, look, nowMs(look));
    if (done === undefined && open && became[look]?.[last] === true) {
      done = { ms: nowMs(look), by: end?.causes ?? [] };
    }
    for (const [k, { causes }] of children.entries()) {
      if (k !== last || done === undefined) for (const cause of causes) takes.add(cause.id);
    }
    for (const [k, { truth }] of children.entries()) if (truth !== "U") was[k] = truth === "T";
    if (done === undefined) {
      judged = { truth: open && end?.truth === "U" ? "U" : "F", causes: [] };
    } else {
      const cause = { id: `sequence/${done.ms}${suffix}`, rests: end?.causes ?? [] };
      const isTrue = end?.truth === "T";
      judged = { truth: end?.truth ?? "U", causes: isTrue ? [cause] : [] };
      if (isTrue && trace.used(look + 1).has(cause.id)) {
        for (const { id } of [...done.by, ...(end?.causes ?? [])]) takes.add(id);
        done = undefined;
        from = look + 1;
      }
    }
    taken[look + 1] = takes;
  }
  return judged;
}
