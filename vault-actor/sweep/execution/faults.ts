/** What goes wrong in one run: how often each thing does, until all is well again. */
import type { Random } from "../random.ts";

/** Shares of what can go wrong. */
export type ExecutionFaults = {
  /** The vault dies at the end of a turn; `lose`: what the turn wrote is lost. */
  readonly kill: number;
  readonly lose: number;
  /** A call to a node, a bundler or the notary fails. */
  readonly nodeFails: number;
  readonly bundlerFails: number;
  readonly notaryFails: number;
  /** A bundler took the operation and its answer is lost. */
  readonly answerLost: number;
  /** A bundler says what is not so. */
  readonly bundlerLies: number;
  /** One of the three operators says what is not so; an honest one is some blocks behind. */
  readonly nodeLies: number;
  readonly nodeLags: number;
  /** An operation that a bundler took is never included; one that a reorganisation drops too. */
  readonly dropped: number;
  /** The call of an operation reverts on the chain. */
  readonly reverts: number;
  /** A job runs once more, at once or while it runs. */
  readonly twice: number;
  /** Answers come later than at once. */
  readonly slow: number;
};

export const noFaults: ExecutionFaults = {
  kill: 0,
  lose: 0,
  nodeFails: 0,
  bundlerFails: 0,
  notaryFails: 0,
  answerLost: 0,
  bundlerLies: 0,
  nodeLies: 0,
  nodeLags: 0,
  dropped: 0,
  reverts: 0,
  twice: 0,
  slow: 0,
};

/** Draws the faults of a run. Each has a character: a few things go wrong often, the rest never. */
export function drawFaults(random: Random): ExecutionFaults {
  const often = (share: number, most: number) => (random.chance(share) ? random.next() * most : 0);
  return {
    kill: often(0.5, 0.15),
    lose: random.next(),
    nodeFails: often(0.3, 0.4),
    bundlerFails: often(0.4, 0.7),
    notaryFails: often(0.2, 0.5),
    answerLost: often(0.4, 0.7),
    bundlerLies: often(0.4, 0.7),
    nodeLies: often(0.4, 1),
    nodeLags: often(0.3, 0.5),
    dropped: often(0.5, 0.9),
    reverts: often(0.2, 0.6),
    twice: often(0.4, 0.3),
    slow: often(0.5, 0.6),
  };
}

/** How long things go wrong: mostly, and now and then longer than any window. */
const shortMs = [20_000, 120_000] as const;
const longMs = [120_000, 900_000] as const;
const longShare = 0.1;

/** Draws for how long things go wrong. */
export function drawStormMs(random: Random): number {
  const [fromMs, toMs] = random.chance(longShare) ? longMs : shortMs;
  return random.int(fromMs, toMs);
}
