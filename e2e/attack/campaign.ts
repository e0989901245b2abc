/** Runs the attackers one after the other on one stage, and keeps the score. */

import { pastTheDoor, successOf } from "./oracle.ts";
import { outcomeText } from "./outcome.ts";
import type { Report, Tally } from "./report.ts";
import type { Attacker, Breadth, Score, Tried } from "./score.ts";
import { cellsOf, cellText, passOne, signGood } from "./stage/cells.ts";
import { keyKinds } from "./stage/keys.ts";
import type { Stage } from "./stage/stage.ts";
import { protocols } from "./surface/protocols.ts";

/** Runs attackers. Never throws for what a vault does; a fault of an attacker is a finding. */
export async function runCampaign(
  stage: Stage,
  attackers: readonly Attacker[],
  breadth: Breadth,
  progress: (line: string) => void,
): Promise<Report> {
  const startMs = Date.now();
  const report: Report = {
    rpcs: [...stage.rpcs, ...stage.publicRpcs, ...stage.serviceRpcs].map(({ name }) => name),
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
      served: 0,
      met: new Map(),
      ms: 0,
    };
    report.attackers.push(tally);
    const attackerMs = Date.now();
    const score = scoreOf(report, tally);
    try {
      await proveAlive(stage, score);
      await attacker.run(stage, score, breadth);
      await proveAlive(stage, score);
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

/** The rightful keys are served, before an attacker and after: so it was the attack that was refused. */
async function proveAlive(stage: Stage, score: Score): Promise<void> {
  const read = stage.rpcs.filter(({ method }) => method.name === "GetVault");
  for (const cell of cellsOf(read, "whole")) {
    if (cell.protocol.name !== "connect-proto") continue;
    const { request } = await signGood(stage, cell);
    const outcome = await passOne(stage, request);
    if (outcome.kind !== "served") throw new Error(`${cellText(cell)}: ${outcomeText(outcome)}`);
    score.control(cellText(cell), outcome);
  }
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
      if (outcome.kind === "served") tally.served++;
      const passed =
        outcome.kind === "served" ||
        (outcome.kind === "refused" && [...pastTheDoor, ...also].includes(outcome.reason));
      if (passed) return;
      report.brokenControls.push({ attacker, attempt, met: outcomeText(outcome) });
    },
    note: (text) => report.notes.push(text),
  };
}
