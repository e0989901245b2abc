/** Draws what goes wrong in a run. */
import type { Blow, FaultPlan, Storm } from "../platform/faults.ts";
import type { Random } from "../random.ts";

/** Draws faults within a time. */
export function drawFaults(random: Random, fromMs: number, toMs: number): FaultPlan {
  return {
    storms: Array.from({ length: random.int(0, 3) }, () => drawStorm(random, fromMs, toMs)),
    blows: Array.from({ length: random.int(0, 4) }, () => drawBlow(random, fromMs, toMs)),
  };
}

function drawStorm(random: Random, fromMs: number, toMs: number): Storm {
  const startMs = random.int(fromMs, toMs);
  // Each has a character: a few things go wrong often, the rest never.
  const often = (share: number) => (random.chance(share) ? random.next() * 0.6 : 0);
  return {
    fromMs: startMs,
    toMs: Math.min(toMs, startMs + random.int(5_000, 180_000)),
    kill: often(0.4),
    lose: random.next(),
    fail: often(0.3),
    slow: often(0.3),
    late: often(0.2),
    twice: often(0.3),
    replay: often(0.2),
  };
}

function drawBlow(random: Random, fromMs: number, toMs: number): Blow {
  const atMs = random.int(fromMs, toMs);
  const kind = random.pick(["evict", "kill", "kill", "kill", "clock", "outage", "lost-alarm"]);
  switch (kind) {
    case "evict":
      return { kind, atMs };
    case "kill":
      return { kind, atMs, turn: random.int(0, 5), lose: random.chance(0.5) };
    case "clock": {
      const mostMs = random.pick([500, 5_000, 120_000]);
      const forMs = Math.min(toMs - atMs, random.int(100, 180_000));
      return { kind, atMs, byMs: random.int(-mostMs, mostMs), forMs };
    }
    case "outage":
      return { kind, atMs, forMs: Math.min(toMs - atMs, random.int(1_000, 240_000)) };
    default:
      return { kind: "lost-alarm", atMs: Math.max(fromMs, Math.min(atMs, toMs - 200_000)) };
  }
}
