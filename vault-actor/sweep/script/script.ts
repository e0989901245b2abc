/** The script of a run: its world, its triggers, what their owner does, and what goes wrong. */

import { kinds } from "../kind/kinds.ts";
import type { Subject } from "../kind/subject.ts";
import type { FaultPlan } from "../platform/faults.ts";
import type { Random } from "../random.ts";
import { sending, startMs } from "../vault/base.ts";
import type { Act } from "../vault/owner.ts";
import { type Chain, drawChain } from "./chain.ts";
import { drawFaults } from "./fault-plan.ts";
import { drawFeed, type Feed } from "./feed.ts";

/** A script. Times are true. */
export type Script = {
  readonly startMs: number;
  /** From when on nothing goes wrong any more. */
  readonly calmFromMs: number;
  /** When it ends at the latest. */
  readonly endMs: number;
  readonly feed: Feed;
  readonly chain: Chain;
  readonly subjects: readonly Subject[];
  readonly acts: readonly Act[];
  readonly faults: FaultPlan;
  /** How long an execution takes. */
  readonly executionMs: number;
};

/** How long nothing goes wrong at the end, at most: long enough to be as good as new. */
const quietMs = 400_000;

/** When the request comes that finds an alarm lost: later than an idle vault is in memory. */
export const foundAfterMs = 190_000;

/** Draws a script. */
export function drawScript(random: Random): Script {
  const stormyMs = random.int(60_000, 360_000);
  const calmFromMs = startMs + stormyMs;
  const endMs = calmFromMs + quietMs;
  const feed = drawFeed(random.fork(), startMs, endMs);
  const chain = drawChain(random.fork(), startMs, endMs);
  const subjects = Array.from({ length: random.int(1, 3) }, () =>
    random.pick(kinds)(random.fork(), { feed, startMs, endMs }),
  );
  const faults = drawFaults(random.fork(), startMs, calmFromMs);
  const acts = drawActs(random.fork(), subjects, stormyMs, faults, calmFromMs);
  const executionMs = random.pick([0, 5_000, 40_000]);
  return { startMs, calmFromMs, endMs, feed, chain, subjects, acts, faults, executionMs };
}

function drawActs(
  random: Random,
  subjects: readonly Subject[],
  stormyMs: number,
  faults: FaultPlan,
  calmFromMs: number,
): readonly Act[] {
  const acts: Act[] = [];
  for (const [subject, { trigger }] of subjects.entries()) {
    let atMs = startMs + (subject === 0 ? 0 : random.int(0, Math.floor(stormyMs / 2)));
    acts.push({ kind: "create", atMs, subject, trigger });
    if (random.chance(0.15)) {
      atMs += random.int(1_000, Math.floor(stormyMs / 2));
      acts.push({ kind: "update", atMs, subject, trigger: { ...trigger, intent: sending(2) } });
    }
    if (!random.chance(0.25)) continue;
    atMs += random.int(1_000, Math.floor(stormyMs / 2));
    acts.push({ kind: "pause", atMs, subject });
    atMs += random.int(1_000, Math.floor(stormyMs / 2));
    if (random.chance(0.8)) acts.push({ kind: "resume", atMs, subject });
    else acts.push({ kind: "delete", atMs, subject });
  }
  // Any request finds an alarm that the platform lost, once it is a minute late.
  const lost = faults.blows.filter(({ kind }) => kind === "lost-alarm");
  for (const { atMs } of lost) acts.push({ kind: "ask", atMs: atMs + foundAfterMs, lostMs: atMs });
  const asks = random.int(0, 5);
  for (let i = 0; i < asks; i++) acts.push({ kind: "ask", atMs: random.int(startMs, calmFromMs) });
  return acts.sort((a, b) => a.atMs - b.atMs);
}
