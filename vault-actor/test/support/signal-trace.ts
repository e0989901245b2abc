/** Plays observations of one series to a condition, look by look, with the past it needs. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Observation, ObservationSchema, type Quality } from "#gen/signal/v1/observation";
import type { Condition } from "#gen/trigger/v1/condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { createPast, isPast, noRows } from "../../src/signal/history.ts";
import { compile } from "../../src/trigger/compile.ts";
import { evaluate } from "../../src/trigger/evaluate.ts";
import type { Outcome } from "../../src/trigger/outcome.ts";
import type { States } from "../../src/trigger/state.ts";
import { account, viewAt } from "./conditions.ts";

export const series = "market.price.eth.usd@v1";

/** What a source said. Times are milliseconds; the reading is as old as the world's state in it. */
export type Said = {
  readonly value?: string | undefined;
  readonly atMs: number;
  readonly round: number;
  readonly qualities?: Quality[];
};

/** An observation of the series. */
export function observed({ value, atMs, round, qualities = [] }: Said): Observation {
  return create(ObservationSchema, {
    series,
    round: BigInt(round),
    ...(value === undefined ? {} : { value }),
    observeTime: timestampFromMs(atMs),
    fetchTime: timestampFromMs(atMs),
    qualities,
  });
}

/** What came of one look. */
export type Looked = {
  readonly verdict: "true" | "false" | "unknown" | "stale";
  readonly why: string;
  readonly outcome: Outcome;
  readonly states: States;
  /** Whether it remembers something else than before. */
  readonly wrote: boolean;
};

/** Starts to watch a condition, from what it remembers. */
export function watching(condition: Condition, activeMs = 0, remembered: States = {}) {
  const node = compile(condition, account);
  const wanted = node.depends.filter(isPast);
  const past = createPast(noRows);
  let states = remembered;
  let observations = new Map<string, Observation>();
  return {
    /** Looks once, with what a source said since. `fire`: the trigger fires if it is true. */
    look(nowMs: number, said?: Said, fire = false, spent: readonly string[] = []): Looked {
      if (said !== undefined) observations = new Map([[series, observed(said)]]);
      past.note(observations, wanted, nowMs);
      const before = states;
      const view = viewAt(nowMs, {
        round: 1n,
        observations,
        histories: past.histories(wanted),
        rounds: past.rounds(wanted),
        activeMs,
        spent: new Set(spent),
      });
      const { outcome, states: after, fired } = evaluate(node, view, before);
      states = after;
      if (fire && outcome.verdict === Verdict.TRUE) {
        for (const [path, change] of fired) {
          if (change.state !== undefined) states = { ...states, [path]: change.state };
        }
      }
      return {
        verdict: wordOf(outcome),
        why: outcome.explain(),
        outcome,
        states,
        wrote: states !== before,
      };
    },
  };
}

function wordOf({ verdict, stale }: Outcome): Looked["verdict"] {
  if (verdict === Verdict.TRUE) return "true";
  if (verdict === Verdict.FALSE) return "false";
  return stale ? "stale" : "unknown";
}
