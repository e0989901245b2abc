/**
 * Takes one trigger one look further: its verdict, what it fires, and where it stands after.
 *
 * Pure, and the only way a trigger is ever judged: the vault's own alarm stores what comes out of
 * it, a backtest collects it.
 */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { Node } from "./compile.ts";
import { type Evaluated, evaluate } from "./evaluate.ts";
import { type FireRules, isArmed, step } from "./fire-policy.ts";
import type { Change } from "./leaf-kind.ts";
import { heldFor } from "./node/held-for.ts";
import { occurrenceKey } from "./occurrence.ts";
import type { Outcome } from "./outcome.ts";
import { stepEpisode } from "./stale-episode.ts";
import { encodeStates, type NodeState, type States } from "./state.ts";
import type { Standing } from "./trigger.ts";
import type { View, WorldView } from "./view.ts";

/** What a trigger is judged by. */
export type Rule = {
  readonly triggerId: string;
  readonly version: number;
  readonly condition: Node;
  readonly clear: Node | undefined;
  readonly rules: FireRules;
};

/** What a trigger brings to a look beside where it stands. */
export type Own = Pick<View, "spent" | "busy"> & {
  /** Whether an occurrence fired before. Absent: none did. */
  readonly hasFired?: (occurrenceKey: string) => boolean;
};

/** One firing, and all that it saw. */
export type Fired = {
  readonly occurrenceKey: string;
  readonly view: View;
  /** What the condition remembered before. */
  readonly states: States;
  readonly outcome: Outcome;
};

/** What came of a look. */
export type Look = {
  /** What the condition was before anything was used up. */
  readonly outcome: Outcome;
  readonly firings: readonly Fired[];
  /** The same object when nothing changed. */
  readonly standing: Standing;
  /** Causes that are spent now and were not before. */
  readonly spends: readonly string[];
  /** What to do about stale inputs: once an episode. */
  readonly stale: "alert" | "freeze" | "fresh" | undefined;
  /** When time alone asks for another look. `Infinity`: never. */
  readonly lookMs: number;
};

/** The most firings of one trigger in one look; the rest follow in the next. */
export const maxFiringsOfLook = 16;

/** Under which names the fire policy remembers: no node has such a path. */
const debounceKey = "debounce";
const overlapKey = "overlap";

/** A cause that the clear condition has used up says nothing of the condition itself. */
const clearPrefix = "clear/";

const never = Number.POSITIVE_INFINITY;

/** Looks at the world once. */
export function consider(rule: Rule, before: Standing, world: WorldView, own: Own): Look {
  const firings: Fired[] = [];
  const spends: string[] = [];
  const { nowMs } = world;
  let { spent, busy } = own;
  let standing = before;
  let again = true;
  let turns = 0;
  let turn: Turn;
  let first: Outcome | undefined;
  const hasFired = (key: string) =>
    own.hasFired?.(key) === true || firings.some(({ occurrenceKey: fired }) => fired === key);
  do {
    turns += 1;
    const view: View = { ...world, spent, busy, activeMs: before.activeMs };
    turn = take(rule, standing, view, hasFired);
    standing = turn.standing;
    first ??= turn.outcome;
    if (turn.fired !== undefined) {
      firings.push(turn.fired);
      busy = true;
    }
    const news = turn.spends.filter((cause) => !spent.has(cause));
    spends.push(...news);
    if (news.length > 0) spent = new Set([...spent, ...news]);
    again = turn.mayFollow && (news.length > 0 || turn.moved) && standing.state === "ACTIVE";
  } while (again && turns < maxFiringsOfLook);
  const { outcome } = turn;
  const episode = stepEpisode(rule.rules, before, outcome, nowMs);
  const { staleMs, staleTold } = episode;
  const after = { ...standing, verdict: outcome.verdict, staleMs, staleTold };
  const isOver = after.state !== "ACTIVE";
  const nextMs = Math.max(nowMs + 1, Math.min(turn.lookMs, episode.lookMs, rule.rules.expireMs));
  return {
    outcome: first,
    firings,
    standing: isSame(after, before) ? before : after,
    spends,
    stale: isOver ? undefined : episode.tell,
    lookMs: isOver ? never : again ? nowMs : nextMs,
  };
}

/** One evaluation, and what it led to. */
type Turn = {
  readonly outcome: Outcome;
  readonly fired: Fired | undefined;
  readonly standing: Standing;
  readonly spends: readonly string[];
  /** Whether something else may have happened in the same look. */
  readonly mayFollow: boolean;
  /** Whether what is remembered changed, so that another evaluation may see something else. */
  readonly moved: boolean;
  readonly lookMs: number;
};

function take(
  rule: Rule,
  before: Standing,
  view: View,
  hasFired: (occurrenceKey: string) => boolean,
): Turn {
  const { rules } = rule;
  const evaluated = evaluate(rule.condition, view, before.states);
  const { outcome } = evaluated;
  const { verdict } = outcome;
  const clear = clearOf(rule, view, evaluated.states);
  const known = clear?.states ?? evaluated.states;
  const cleared = clear && verdictOf(clear, known);
  const armed = isArmed(before.progress, { verdict, cleared });
  const held = debounced(rule, verdict, known, armed, view.nowMs);
  const isPoint = verdict === Verdict.TRUE && outcome.causes.length > 0;
  const seen = { verdict, holds: held.holds, isPoint, cleared };
  const next = step(rules, before.progress, seen, view.nowMs);
  const key = next.fire && occurrenceKey(rule, before.progress.fireCount + 1, outcome, view);
  const isNew = key !== false && !hasFired(key);
  const changes = new Map<string, Change>();
  if (verdict !== Verdict.UNKNOWN) add(changes, evaluated.decided);
  if (next.fire) add(changes, evaluated.fired);
  const spends = [...changes.values()].flatMap(({ spend }) => spend ?? []);
  if (clear !== undefined) {
    const used = usedByClear(clear, armed && !before.progress.armed);
    add(changes, used);
    spends.push(...[...used.values()].flatMap(({ spend }) => (spend ? clearPrefix + spend : [])));
  }
  const states = remember(known, [
    ...[...changes].flatMap(([path, { state }]) => (state ? [[path, state] as const] : [])),
    // What can't fire again without clearing need not be noted any more.
    [debounceKey, next.progress.armed ? held.state : null],
    [overlapKey, overlapOf(clear, next.fire, known, view.nowMs)],
  ]);
  const heldMs = next.progress.armed ? held.lookMs : never;
  // What fired before, as a look that sees the same again would have it, counts as seen only.
  const { progress, state } = next.fire && !isNew && isPoint ? before : next;
  return {
    outcome,
    fired: isNew ? { occurrenceKey: key, view, states: before.states, outcome } : undefined,
    standing: { ...before, state, progress, states },
    spends,
    mayFollow: next.fire && isPoint,
    moved: states !== before.states,
    // A firing that changes what is remembered changes what the very next look sees.
    lookMs:
      next.fire && states !== before.states
        ? view.nowMs
        : Math.min(outcome.lookMs, clear?.outcome.lookMs ?? never, heldMs, next.waitMs),
  };
}

function clearOf(rule: Rule, view: View, states: States): Evaluated | undefined {
  if (rule.clear === undefined) return undefined;
  const own = [...view.spent].flatMap((cause) =>
    cause.startsWith(clearPrefix) ? [cause.slice(clearPrefix.length)] : [],
  );
  return evaluate(rule.clear, { ...view, spent: new Set(own) }, states);
}

/**
 * What the clear condition says. One that was true already when the trigger fired must have been
 * false before it counts as having become true.
 */
function verdictOf({ outcome }: Evaluated, states: States): Verdict {
  const isOld = states[overlapKey] !== undefined && outcome.causes.length === 0;
  return isOld && outcome.verdict === Verdict.TRUE ? Verdict.FALSE : outcome.verdict;
}

function overlapOf(
  clear: Evaluated | undefined,
  fires: boolean,
  states: States,
  nowMs: number,
): NodeState | null {
  if (clear === undefined) return null;
  const { verdict, causes } = clear.outcome;
  if (verdict === Verdict.FALSE) return null;
  const overlaps = verdict === Verdict.TRUE && causes.length === 0;
  if (fires && overlaps) return { kind: "held", sinceMs: nowMs, seenMs: nowMs };
  return states[overlapKey] ?? null;
}

/** An occurrence that clears is used up at once: it must not clear again after the next firing. */
function usedByClear(clear: Evaluated, arms: boolean): ReadonlyMap<string, Change> {
  const used = new Map<string, Change>();
  const { verdict, causes } = clear.outcome;
  if (verdict !== Verdict.UNKNOWN) add(used, clear.decided);
  if (verdict === Verdict.TRUE && (arms || causes.length > 0)) add(used, clear.fired);
  return used;
}

/** Whether the condition has held for as long as it must. Not asked of what can't fire anyway. */
function debounced(rule: Rule, verdict: Verdict, states: States, armed: boolean, nowMs: number) {
  const { debounceMs } = rule.rules;
  if (debounceMs === 0) return { holds: true, state: null, lookMs: never };
  if (!armed) return { holds: false, state: null, lookMs: never };
  const node = { durationMs: debounceMs, maxAgeMs: rule.condition.maxAgeMs };
  const held = heldFor(node, verdict, states[debounceKey], nowMs);
  const { state, lookMs = never } = held;
  return { holds: held.verdict === Verdict.TRUE, state, lookMs };
}

function add(changes: Map<string, Change>, more: ReadonlyMap<string, Change>): void {
  for (const [path, change] of more) changes.set(path, change);
}

function remember(states: States, news: readonly (readonly [string, NodeState | null])[]): States {
  let after: Record<string, NodeState> | undefined;
  for (const [path, state] of news) {
    if ((after ?? states)[path] === (state ?? undefined)) continue;
    after ??= { ...states };
    if (state === null) delete after[path];
    else after[path] = state;
  }
  return after ?? states;
}

function isSame(a: Standing, b: Standing): boolean {
  return (
    a.state === b.state &&
    a.verdict === b.verdict &&
    a.activeMs === b.activeMs &&
    a.staleMs === b.staleMs &&
    a.staleTold === b.staleTold &&
    a.progress.armed === b.progress.armed &&
    a.progress.fireCount === b.progress.fireCount &&
    a.progress.lastFireMs === b.progress.lastFireMs &&
    (a.states === b.states || encodeStates(a.states) === encodeStates(b.states))
  );
}
