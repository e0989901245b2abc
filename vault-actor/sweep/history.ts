/** What a judge is given: what a run did to a trigger, beside what its script says. Pure. */
import type { SimulatedClock } from "./platform/clock.ts";
import type { Disturbance } from "./platform/faults.ts";
import type { Chain } from "./script/chain.ts";
import type { Feed } from "./script/feed.ts";
import type { Look, SeenFiring, TriggerChange } from "./vault/record.ts";

/** Something that the vault did wrong. */
export type Finding = {
  readonly kind: "duplicate" | "lost" | "stuck";
  readonly words: string;
};

/** A time, in true time. */
export type Span = { readonly fromMs: number; readonly toMs: number };

/**
 * A time in which a trigger was watched. `ownMs`: what the vault's clock showed at its start;
 * `version`: of the trigger. It begins with a turn, and is over before another.
 */
export type Watched = Span & {
  readonly ownMs: number;
  readonly version: number;
  readonly fromTurn: number;
  readonly toTurn: number;
};

/** What a run did to one trigger. */
export type History = {
  readonly watched: readonly Watched[];
  /** Every look of the vault that was kept, in order. */
  readonly looks: readonly Look[];
  /** The trigger's firings, in order. */
  readonly firings: readonly SeenFiring[];
  readonly feed: Feed;
  readonly chain: Chain;
  /** Times in which nothing was wrong, and nothing had been for as long as recovering may take. */
  readonly calm: readonly Span[];
  readonly clock: Pick<SimulatedClock, "aheadAt">;
  /** In which turn the execution of a firing ended. `Infinity`: it has not. */
  readonly endOf: (firingId: string) => number;
};

/**
 * How long after a fault the vault may be behind: the longest pause between attempts, and the
 * longest between looks.
 */
export const recoveryMs = 62_000;

/** The times in which nothing was wrong. */
export function calmOf(disturbances: readonly Disturbance[], run: Span): readonly Span[] {
  const calm: Span[] = [];
  let fromMs = run.fromMs;
  for (const one of [...disturbances].sort((a, b) => a.fromMs - b.fromMs)) {
    if (one.fromMs > fromMs) calm.push({ fromMs, toMs: one.fromMs });
    fromMs = Math.max(fromMs, one.toMs + recoveryMs);
  }
  if (fromMs < run.toMs) calm.push({ fromMs, toMs: run.toMs });
  return calm;
}

/** The times in which a trigger was watched. */
export function watchedOf(changes: readonly TriggerChange[], endMs: number): readonly Watched[] {
  const spans: Watched[] = [];
  let open: Omit<Watched, "toMs" | "toTurn"> | undefined;
  let version = 0;
  for (const { kind, atMs, ownMs, turn } of changes) {
    if (open !== undefined) spans.push({ ...open, toMs: atMs, toTurn: turn });
    const isWatched = kind !== "paused" && kind !== "deleted";
    if (kind === "created" || kind === "updated") version += 1;
    open = isWatched ? { fromMs: atMs, ownMs, version, fromTurn: turn } : undefined;
  }
  if (open !== undefined) spans.push({ ...open, toMs: endMs, toTurn: Number.POSITIVE_INFINITY });
  return spans;
}

/** The part that two times have in common. */
export function overlap(a: Span, b: Span): Span {
  return { fromMs: Math.max(a.fromMs, b.fromMs), toMs: Math.min(a.toMs, b.toMs) };
}

/** How late a look may be after a round is published, when nothing is wrong. */
export function lookMs(feed: Feed): number {
  return feed.periodMs * 0.1 + 4_000;
}

/** The look's part of a trigger's time: which of them saw it watched. */
export function watchedAt(history: History, look: Look): Watched | undefined {
  return history.watched.find(
    ({ fromTurn, toTurn }) => fromTurn <= look.turn && look.turn < toTurn,
  );
}

/** What fired in each look, by the look's number. */
export function firedIn(
  firings: readonly SeenFiring[],
): ReadonlyMap<number, readonly SeenFiring[]> {
  const byLook = new Map<number, SeenFiring[]>();
  for (const firing of firings) {
    byLook.set(firing.look, [...(byLook.get(firing.look) ?? []), firing]);
  }
  return byLook;
}
