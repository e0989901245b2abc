/**
 * Takes one trigger one look further: its verdict, what it fires, and where it stands after.
 *
 * Pure, and the only way a trigger is ever judged: the vault's own alarm stores what comes out of
 * it, a backtest collects it.
 */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { Node } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import { type FireRules, step } from "./fire-policy.ts";
import type { Change } from "./leaf-kind.ts";
import type { Outcome } from "./outcome.ts";
import type { States } from "./state.ts";
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
export type Own = Pick<View, "spent" | "busy">;

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

/** Looks at the world once. */
export function consider(rule: Rule, before: Standing, world: WorldView, own: Own): Look {
  const view: View = { ...world, ...own, activeMs: before.activeMs };
  const evaluated = evaluate(rule.condition, view, before.states);
  const { outcome } = evaluated;
  const cleared =
    rule.clear === undefined ? undefined : evaluate(rule.clear, view, {}).outcome.verdict;
  const isPoint = outcome.causes.length > 0 && rule.clear === undefined;
  const progress = isPoint ? { ...before.progress, armed: true } : before.progress;
  const next = step(rule.rules, progress, outcome.verdict, cleared, view.nowMs);
  const firings: Fired[] = next.fire
    ? [{ occurrenceKey: keyOf(rule, before, outcome), view, states: before.states, outcome }]
    : [];
  const changes: Change[] = next.fire ? [...evaluated.fired.values()] : [];
  const spends = changes.flatMap(({ spend }) => spend ?? []);
  return {
    outcome,
    firings,
    standing: {
      ...before,
      state: next.state,
      progress: next.progress,
      verdict: outcome.verdict,
      states: changed(evaluated, next.fire),
    },
    spends,
    stale: undefined,
    lookMs: outcome.lookMs,
  };
}

function keyOf(rule: Rule, before: Standing, outcome: Outcome): string {
  const { causes } = outcome;
  const rise = `rise/${before.progress.fireCount + 1}`;
  const cause = outcome.verdict === Verdict.TRUE && causes.length > 0 ? causes.join("+") : rise;
  return `${rule.triggerId}/${rule.version}/${cause}`;
}

function changed({ states, decided, fired, outcome }: ReturnType<typeof evaluate>, fires: boolean) {
  const known = outcome.verdict !== Verdict.UNKNOWN;
  const changes = [...(known ? decided : []), ...(fires ? fired : [])];
  if (changes.every(([, { state }]) => state === undefined)) return states;
  const after = { ...states };
  for (const [path, { state }] of changes) if (state !== undefined) after[path] = state;
  return after;
}
