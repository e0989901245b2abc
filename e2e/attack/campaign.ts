/** Runs the attackers one after the other on one stage, and keeps the score. */

import type { Reason } from "#protocol/failure";
import { type Expectation, pastTheDoor, successOf } from "./oracle.ts";
import type { Outcome } from "./outcome.ts";
import { outcomeText } from "./outcome.ts";
import type { Report, Tally } from "./report.ts";
import { keyKinds } from "./stage/keys.ts";
import type { Stage } from "./stage/stage.ts";
import { protocols } from "./surface/protocols.ts";

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

/** Runs attackers. Never throws for what a vault does; a fault of an attacker is a finding. */
export async function runCampaign(
  stage: Stage,
  attackers: readonly Attacker[],
  breadth: Breadth,
  progress: (line: string) => void,
): Promise<Report> {
  const startMs = Date.now();
  const report: Report = {
    rpcs: [...stage.rpcs, ...stage.publicRpcs].map(({ name }) => name),
    protocols: protocols.map(({ name }) => name),
    keys: [...keyKinds],
    attackers: [],
    succeeded: [],
    brokenControls: [],
    notes: [],
    seconds: 0,
  };
  for (const attacker of attackers) {
    const tally: Tally = {
      name: attacker.name,
      tried: 0,
      refused: 0,
      controls: 0,
      met: new Map(),
      ms: 0,
    };
    report.attackers.push(tally);
    const attackerMs = Date.now();
    try {
      await attacker.run(stage, scoreOf(report, tally), breadth);
    } catch (fault) {
      const met = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
      report.brokenControls.push({ attacker: attacker.name, attempt: "the attacker itself", met });
    }
    tally.ms = Date.now() - attackerMs;
    progress(`${attacker.name}: ${tally.refused} of ${tally.tried} refused (${tally.ms} ms)`);
  }
  report.seconds = Math.round((Date.now() - startMs) / 100) / 10;
  return report;
}

function scoreOf(report: Report, tally: Tally): Score {
  const attacker = tally.name;
  const verdict: Score["verdict"] = (attempt, met, success) => {
    tally.tried++;
    tally.met.set(met, (tally.met.get(met) ?? 0) + 1);
    if (success === undefined) tally.refused++;
    else report.succeeded.push({ attacker, attempt, met: success });
  };
  const attack: Score["attack"] = (attempt, outcome, expected, changed = []) =>
    verdict(attempt, outcomeText(outcome), successOf(outcome, expected, changed));
  return {
    verdict,
    attack,
    volley(tried, changed) {
      const refused = ({ outcome, expected }: Tried) =>
        successOf(outcome, expected, []) === undefined;
      // A change is the doing of who was not refused; and when all were, of any of them.
      const suspects = tried.every(refused) ? tried : tried.filter((one) => !refused(one));
      for (const one of tried) {
        const blamed = suspects.includes(one) ? changed : [];
        attack(one.attempt, one.outcome, one.expected, blamed);
      }
    },
    control(attempt, outcome, also = []) {
      tally.controls++;
      const passed =
        outcome.kind === "served" ||
        (outcome.kind === "refused" && [...pastTheDoor, ...also].includes(outcome.reason));
      if (passed) return;
      report.brokenControls.push({ attacker, attempt, met: outcomeText(outcome) });
    },
    note: (text) => report.notes.push(text),
  };
}
