/**
 * Evaluates a compiled condition: true, false or unknown, with what it remembers afterwards.
 *
 * Pure and total: the same view and states give the same outcome, byte for byte, live, in a
 * preview, in a backtest and in a replay. Follows Kleene's strong logic; unknown never becomes
 * false by itself.
 */
import { Verdict } from "#gen/trigger/v1/trigger";
import type { Node } from "./compile.ts";
import type { Change, LeafOutcome } from "./leaf-kind.ts";
import { Memory } from "./memory.ts";
import { heldFor } from "./node/held-for.ts";
import { sequence } from "./node/sequence.ts";
import { atLeast, type NodeOutcome, type Outcome } from "./outcome.ts";
import type { States } from "./state.ts";
import type { View } from "./view.ts";

/** The outcome of a whole condition, and what it remembers. */
export type Evaluated = {
  readonly outcome: Outcome;
  /** What it remembers, whatever the trigger does. The same object when nothing changed. */
  readonly states: States;
  /** What changes in addition when the outcome is true or false, by path. */
  readonly decided: ReadonlyMap<string, Change>;
  /**
   * What changes in addition when the trigger fires, by path; the rest as decided. An occurrence
   * that is not among what makes the condition true is not used up by a firing.
   */
  readonly fired: ReadonlyMap<string, Change>;
};

const never = Number.POSITIVE_INFINITY;
const none: readonly string[] = [];

/** Evaluates `node` in a view, from what it remembers. */
export function evaluate(node: Node, view: View, states: States): Evaluated {
  const memory = new Memory(states);
  const outcome = visit(node, view, memory);
  return { outcome, ...memory.end(outcome.causes) };
}

function visit(node: Node, view: View, memory: Memory): Outcome {
  switch (node.kind) {
    case "leaf":
      return leaf(node.path, node.test(view, memory.of(node.path)), memory);
    case "atLeast": {
      const children = visitAll(node, view, memory);
      return branch(node, children, {
        verdict: atLeast(node.count, children),
        explain: () => counted(children),
      });
    }
    case "not": {
      const children = visitAll(node, view, memory);
      return branch(node, children, { verdict: negate(children[0]?.verdict), explain: negated });
    }
    case "heldFor": {
      const children = visitAll(node, view, memory);
      const held = heldFor(node, children[0]?.verdict, memory.of(node.path), view.nowMs);
      memory.set(node.path, held.state);
      return branch(node, children, { ...held, causes: none });
    }
    case "sequence": {
      const state = memory.of(node.path);
      const taken = state?.kind === "sequence" ? state.taken : none;
      const own =
        taken.length === 0 ? view : { ...view, spent: new Set([...view.spent, ...taken]) };
      const mark = memory.mark();
      const children = visitAll(node, own, memory);
      const run = sequence(node, children, state, view.nowMs);
      memory.set(node.path, run.state);
      memory.use(mark, run.takes);
      const outcome = branch(node, children, run);
      const [cause] = outcome.causes;
      if (cause !== undefined && run.fired !== undefined) {
        memory.note(node.path, { fired: run.fired, cause, with: children.at(-1)?.causes ?? none });
      }
      return outcome;
    }
  }
}

function visitAll(node: Node, view: View, memory: Memory): readonly Outcome[] {
  const children: Outcome[] = [];
  for (const child of node.children) children.push(visit(child, view, memory));
  return children;
}

function leaf(path: string, result: LeafOutcome, memory: Memory): Outcome {
  const { verdict, explain, ageMs, decided, fired } = result;
  const cause = verdict === Verdict.TRUE ? result.cause : undefined;
  memory.set(path, result.state);
  if (decided !== undefined || fired !== undefined) memory.note(path, { decided, fired, cause });
  return {
    path,
    verdict,
    explain,
    ageMs,
    stale: verdict === Verdict.UNKNOWN && result.stale === true,
    causes: cause === undefined ? none : [cause],
    lookMs: result.lookMs ?? never,
    children: [],
  };
}

function branch(node: Node, children: readonly Outcome[], own: NodeOutcome): Outcome {
  const { verdict, explain } = own;
  let lookMs = own.lookMs ?? never;
  let isStale = false;
  let causes = none;
  for (const child of children) {
    if (child.lookMs < lookMs) lookMs = child.lookMs;
    if (child.stale) isStale = true;
    if (child.causes.length === 0) continue;
    causes = causes.length === 0 ? child.causes : [...causes, ...child.causes];
  }
  return {
    path: node.path,
    verdict,
    explain,
    ageMs: 0,
    stale: verdict === Verdict.UNKNOWN && (own.stale ?? isStale),
    causes: verdict === Verdict.TRUE ? (own.causes ?? causes) : none,
    lookMs,
    children,
  };
}

function counted(children: readonly Outcome[]): string {
  const count = (wanted: Verdict) => children.filter(({ verdict }) => verdict === wanted).length;
  const known = `${count(Verdict.TRUE)} of ${children.length} true`;
  return `${known}, ${count(Verdict.UNKNOWN)} unknown`;
}

function negated(): string {
  return "negated";
}

function negate(verdict: Verdict | undefined): Verdict {
  if (verdict === Verdict.TRUE) return Verdict.FALSE;
  return verdict === Verdict.FALSE ? Verdict.TRUE : Verdict.UNKNOWN;
}
