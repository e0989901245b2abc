/**
 * Runs a trigger over a range of the past: reads it piece by piece, and plays each.
 *
 * Writes nothing, and lets others have their turn between two pieces and every so many looks.
 */
import type { Series } from "#gen/signal/v1/series";
import type { Range, SignalHistory } from "../signal/history-client.ts";
import type { Fired, Rule } from "../trigger/consider.ts";
import type { Happening } from "./happening.ts";
import { inOrder } from "./happening.ts";
import { createPastWorld, warmUpMs } from "./past-world.ts";
import { createPlay, type Played, type PlayLimits } from "./play.ts";
import { openTape } from "./tape.ts";

/** What a run needs. */
export type RunDeps = {
  readonly history: SignalHistory;
  readonly now: () => number;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
};

/** What is run. */
export type Run = {
  readonly rule: Rule;
  readonly series: ReadonlyMap<string, Series>;
  readonly range: Range;
  /** What happened on chains, the oldest first. */
  readonly recorded: readonly Happening[];
  /** Called for every firing, in order. Returns whether more may follow. */
  readonly onFired: (fired: Fired) => boolean;
  readonly limits: PlayLimits & { readonly maxObservations: number };
  /** When to stop, wherever it has come to. */
  readonly deadlineMs: number;
};

const looksOfTurn = 1000;

/** Runs a trigger. `undefined`: the signals service does not answer. */
export async function runBacktest(deps: RunDeps, run: Run): Promise<Played | undefined> {
  const { rule, series, range, recorded, limits } = run;
  const { startMs, endMs } = range;
  const depends = [...rule.condition.depends, ...(rule.clear?.depends ?? [])];
  const world = createPastWorld(series, depends);
  const play = createPlay(rule, world, { startMs, limits, onFired: run.onFired });
  const names = new Set(depends.flatMap((one) => ("series" in one ? [one.series] : [])));
  const wanted = [...names].flatMap((name) => series.get(name) ?? []);
  const from = { startMs: startMs - warmUpMs(depends, series), endMs };
  const tape = openTape(deps.history, wanted, from, limits.maxObservations);
  let given = 0;

  /** Plays to a time. False: the time is up. */
  const playTo = async (untilMs: number): Promise<boolean> => {
    while (!play.advance(untilMs, looksOfTurn)) {
      await deps.pause();
      if (deps.now() >= run.deadlineMs) return false;
    }
    return deps.now() < run.deadlineMs;
  };

  for (let piece = await tape.before(); ; piece = await tape.next()) {
    if (piece.kind === "unreachable") return undefined;
    if (piece.kind === "full") return play.played();
    const { untilMs } = piece;
    const next = recorded.findIndex(({ atMs }, i) => i >= given && atMs >= untilMs);
    const end = next === -1 ? recorded.length : next;
    play.add(inOrder([...piece.happenings, ...recorded.slice(given, end)]));
    given = end;
    const inTime = await playTo(untilMs);
    if (!inTime || play.played().halt !== undefined || untilMs >= endMs) return play.played();
  }
}
