/**
 * Children that became true one after the other. Pure.
 *
 * A level becomes true when it is true and was not; a point with every occurrence of its own.
 * What is unknown stays what it was. Each step is at a later look than the one before.
 */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { Change } from "../leaf-kind.ts";
import type { NodeOutcome, Outcome } from "../outcome.ts";
import type { NodeState } from "../state.ts";

type Run = Extract<NodeState, { kind: "sequence" }>;

/** How many causes a sequence remembers. With more, the oldest may count again while it is true. */
const maxTaken = 64;

/** A sequence after a look. */
export type SequenceOutcome = NodeOutcome & {
  /** `null` when there is nothing to remember; the same when nothing changed. */
  readonly state: NodeState | null;
  /** The change when the trigger fires because of it: it begins anew. */
  readonly fired?: Change;
  /** Occurrences that are used up now: they count no more below it. */
  readonly takes: readonly string[];
};

/** Steps a sequence on. */
export function sequence(
  node: { readonly path: string; readonly withinMs: number },
  children: readonly Outcome[],
  state: NodeState | undefined,
  nowMs: number,
): SequenceOutcome {
  const before = state?.kind === "sequence" ? state : freshRun(children.length);
  const after = stepRun(node.withinMs, children, before, nowMs);
  const last = children.at(-1);
  const isDone = after.doneMs !== undefined;
  const takes = after.taken === before.taken ? [] : newOf(after.taken, before.taken);
  const verdict = isDone
    ? (last?.verdict ?? Verdict.UNKNOWN)
    : last?.verdict === Verdict.UNKNOWN && isOpen(before, children.length - 1, node, nowMs)
      ? Verdict.UNKNOWN
      : Verdict.FALSE;
  return {
    verdict,
    explain: () => wordsOf(after, children.length),
    state: isSame(after, before) ? (state ?? null) : after,
    takes,
    causes: isDone ? [`sequence/${after.doneMs}${placeOf(node.path)}`] : [],
    ...(isDone ? { fired: { state: begunAnew(after, last?.causes ?? []) } } : {}),
    // Another occurrence of the same child may wait behind the one that was taken.
    ...(takes.length > 0 ? { lookMs: nowMs + 1 } : {}),
  };
}

/** Nothing has happened yet. What comes later counts only once it was seen not to be true. */
function freshRun(length: number): Run {
  return {
    kind: "sequence",
    was: Array.from({ length }, (_, k) => k > 0),
    startMs: Array.from({ length }, () => null),
    taken: [],
  };
}

function stepRun(withinMs: number, children: readonly Outcome[], before: Run, nowMs: number): Run {
  const last = children.length - 1;
  const end = children[last];
  const was = children.map(({ verdict }, k) =>
    verdict === Verdict.UNKNOWN ? before.was[k] === true : verdict === Verdict.TRUE,
  );
  const run =
    before.doneMs !== undefined && end?.verdict === Verdict.FALSE ? begunAnew(before, []) : before;
  if (run.doneMs !== undefined) {
    // What else happens while it is true has passed when it begins anew.
    return { ...run, was, taken: take(run.taken, children.slice(0, last)) };
  }
  const starts = run.startMs.map((ms) =>
    // A start that the clock stepped back behind counts from now on.
    ms === null || nowMs - ms > withinMs ? null : Math.min(ms, nowMs),
  );
  for (let k = last; k >= 0; k -= 1) {
    const child = children[k];
    if (child === undefined || !becomesTrue(child, before.was[k] === true, run.taken)) continue;
    const start = k === 0 ? nowMs : starts[k - 1];
    if (start === undefined || start === null) continue;
    if (k === last) {
      const taken = take(run.taken, children.slice(0, last));
      const doneBy = child.causes;
      return { ...run, was, startMs: starts.map(() => null), taken, doneMs: nowMs, doneBy };
    }
    starts[k] = Math.max(start, starts[k] ?? start);
  }
  return { ...run, was, startMs: starts, taken: take(run.taken, children) };
}

function becomesTrue(child: Outcome, was: boolean, taken: readonly string[]): boolean {
  if (child.verdict !== Verdict.TRUE) return false;
  return child.causes.length === 0 ? !was : child.causes.some((cause) => !taken.includes(cause));
}

/** Takes the occurrences of `children`, whether they brought the run further or not. */
function take(taken: readonly string[], children: readonly Outcome[]): readonly string[] {
  return add(
    taken,
    children.flatMap(({ causes }) => causes),
  );
}

function add(taken: readonly string[], causes: readonly string[]): readonly string[] {
  const added = newOf([...new Set(causes)], taken);
  return added.length === 0 ? taken : [...taken, ...added].slice(-maxTaken);
}

function newOf(causes: readonly string[], known: readonly string[]): readonly string[] {
  return causes.filter((cause) => !known.includes(cause));
}

/** The run after the one that was done. `causes` made its last child true. */
function begunAnew({ doneMs: _, doneBy = [], ...run }: Run, causes: readonly string[]): Run {
  return { ...run, taken: add(run.taken, [...doneBy, ...causes]) };
}

/** Whether the child `k` would bring a run further if it became true. */
function isOpen(run: Run, k: number, { withinMs }: { readonly withinMs: number }, nowMs: number) {
  const start = run.startMs[k - 1];
  return start !== undefined && start !== null && nowMs - start <= withinMs;
}

function isSame(a: Run, b: Run): boolean {
  return (
    a.taken === b.taken &&
    a.doneMs === b.doneMs &&
    a.was.every((was, k) => was === b.was[k]) &&
    a.startMs.every((ms, k) => ms === b.startMs[k])
  );
}

function wordsOf({ doneMs, startMs }: Run, length: number): string {
  if (doneMs !== undefined) return `${length} of ${length} in order`;
  return `${startMs.findLastIndex((ms) => ms !== null) + 1} of ${length} in order`;
}

/** Where a sequence is in its tree: two that end at one look are two occurrences. */
function placeOf(path: string): string {
  const place = path.match(/\d+/g)?.join(".");
  return place === undefined ? "" : `/${place}`;
}
