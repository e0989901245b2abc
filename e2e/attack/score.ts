/** What an attacker is, and how it tells what it tried. */
import type { Reason } from "#protocol/failure";
import type { Expectation } from "./oracle.ts";
import type { Outcome } from "./outcome.ts";
import type { Stage } from "./stage/stage.ts";

/** How much is tried: everything, or a share that covers every RPC, protocol and kind of key. */
export type Breadth = "whole" | "fast";

/** Keeps one attacker's score. */
export type Score = {
  /** Notes an attack, and what became of it. */
  readonly attack: (
    attempt: string,
    outcome: Outcome,
    expected: Expectation,
    changed?: readonly string[],
  ) => void;
  /** Notes attacks that were tried in one go, and what they changed together. */
  readonly volley: (tried: readonly Tried[], changed: readonly string[]) => void;
  /** Notes an attack that is judged by other means: `undefined` when it was refused. */
  readonly verdict: (attempt: string, met: string, success: string | undefined) => void;
  /** Notes a rightful request. It must be served, or be refused for something else: `also`. */
  readonly control: (attempt: string, outcome: Outcome, also?: readonly Reason[]) => void;
  /** Notes what could not be tried. */
  readonly note: (text: string) => void;
};

/** One attempt and what became of it. */
export type Tried = {
  readonly attempt: string;
  readonly outcome: Outcome;
  readonly expected: Expectation;
};

/** One attacker. */
export type Attacker = {
  readonly name: string;
  readonly run: (stage: Stage, score: Score, breadth: Breadth) => Promise<void>;
};
