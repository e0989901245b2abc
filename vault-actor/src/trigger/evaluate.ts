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
import { heldFor } from "./node/held-for.ts";
import { sequence } from "./node/sequence.ts";
import { atLeast, type NodeOutcome, type Outcome } from "./outcome.ts";
import type { NodeState, States } from "./state.ts";
import type { View } from "./view.ts";

/** The outcome of a whole condition, and what it remembers. */
export type Evaluated = {
  readonly outcome: Outcome;
  /** What it remembers, whatever the trigger does. The same object when nothing changed. */
  readonly states: States;
  /** What changes in addition when the outcome is true or false, by path. */
  readonly decided: ReadonlyMap<string, Change>;
  /** What changes in addition when the trigger fires, by path; the rest as decided. */
  readonly fired: ReadonlyMap<string, Change>;
};

/** Evaluates `node` in a view, from what it remembers. */
export function evaluate(node: Node, view: View, states: States): Evaluated {
  const memory = new Memory(states);
  const outcome = visit(node, view, memory);
  const { decided, fired } = memory;
  return { outcome, states: memory.states(), decided, fired };
}

/** Collects what the nodes of one evaluation want to remember. */
class Memory {
  readonly decided = new Map<string, Change>();
  readonly fired = new Map<string, Change>();
  readonly #before: States;
  #after: Record<string, NodeState> | undefined;

  constructor(before: States) {
    this.#before = before;
  }

  of(path: string): NodeState | undefined {
    return this.#before[path];
  }

  /** `null` forgets. */
  set(path: string, state: NodeState | null | undefined): void {
    if (state === undefined || state === this.#before[path]) return;
    if (state === null && this.#before[path] === undefined) return;
    this.#after ??= { ...this.#before };
    if (state === null) delete this.#after[path];
    else this.#after[path] = state;
  }

  states(): States {
    return this.#after ?? this.#before;
  }
}

function visit(node: Node, view: View, memory: Memory): Outcome {
  switch (node.kind) {
    case "leaf":
      return leaf(node.path, node.test(view, memory.of(node.path)), memory);
    case "atLeast": {
      const children = node.children.map((child) => visit(child, view, memory));
      return branch(node, children, counted(node.count, children));
    }
    case "not": {
      const children = node.children.map((child) => visit(child, view, memory));
      const verdict = negate(children[0]?.verdict);
      return branch(node, children, { verdict, explain: () => "negated" });
    }
    case "heldFor": {
      const children = node.children.map((child) => visit(child, view, memory));
      const held = heldFor(node, children[0]?.verdict, memory.of(node.path), view.nowMs);
      memory.set(node.path, held.state);
      return branch(node, children, { ...held, causes: [] });
    }
    case "sequence": {
      const state = memory.of(node.path);
      const taken = state?.kind === "sequence" ? state.taken : [];
      const own =
        taken.length === 0 ? view : { ...view, spent: new Set([...view.spent, ...taken]) };
      const children = node.children.map((child) => visit(child, own, memory));
      const run = sequence(node, children, state, view.nowMs);
      memory.set(node.path, run.state);
      if (run.fired !== undefined) memory.fired.set(node.path, run.fired);
      return branch(node, children, run);
    }
  }
}

function leaf(path: string, result: LeafOutcome, memory: Memory): Outcome {
  const { verdict, explain, ageMs, cause } = result;
  memory.set(path, result.state);
  if (result.decided !== undefined) memory.decided.set(path, result.decided);
  if (result.fired !== undefined) memory.fired.set(path, result.fired);
  return {
    path,
    verdict,
    explain,
    ageMs,
    stale: verdict === Verdict.UNKNOWN && result.stale === true,
    causes: verdict === Verdict.TRUE && cause !== undefined ? [cause] : [],
    lookMs: result.lookMs ?? Number.POSITIVE_INFINITY,
    children: [],
  };
}

function branch(node: Node, children: readonly Outcome[], own: NodeOutcome): Outcome {
  const { verdict, explain } = own;
  const isTrue = verdict === Verdict.TRUE;
  return {
    path: node.path,
    verdict,
    explain,
    ageMs: 0,
    stale: verdict === Verdict.UNKNOWN && (own.stale ?? children.some((child) => child.stale)),
    causes: isTrue ? (own.causes ?? causesOf(children)) : [],
    lookMs: Math.min(
      own.lookMs ?? Number.POSITIVE_INFINITY,
      ...children.map((child) => child.lookMs),
    ),
    children,
  };
}

function causesOf(children: readonly Outcome[]): readonly string[] {
  return children.flatMap((child) => (child.verdict === Verdict.TRUE ? child.causes : []));
}

function counted(wanted: number, children: readonly Outcome[]): NodeOutcome {
  const verdicts = children.map((child) => child.verdict);
  const count = (verdict: Verdict) => verdicts.filter((other) => other === verdict).length;
  return {
    verdict: atLeast(wanted, verdicts),
    explain: () =>
      `${count(Verdict.TRUE)} of ${children.length} true, ${count(Verdict.UNKNOWN)} unknown`,
  };
}

function negate(verdict: Verdict | undefined): Verdict {
  if (verdict === Verdict.TRUE) return Verdict.FALSE;
  return verdict === Verdict.FALSE ? Verdict.TRUE : Verdict.UNKNOWN;
}
