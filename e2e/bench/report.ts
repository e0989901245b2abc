/** What a run found out, for people. */

import type { PullCost } from "../scenario/pulls.ts";
import type { EvaluationCost } from "./alarm-cases.ts";
import type { Row } from "./case.ts";
import type { Lateness } from "./lateness.ts";
import { pullText } from "./pulls.ts";
import type { TickCost } from "./tick-cost.ts";
import type { ProofCost } from "./verifications.ts";
import { proofTable } from "./verifications.ts";

/** All figures of a run. */
export type Report = {
  readonly pulls: PullCost;
  readonly cases: readonly Row[];
  readonly proofs: readonly ProofCost[];
  readonly evaluation: readonly EvaluationCost[];
  readonly ticks: readonly TickCost[];
  readonly lateness: readonly Lateness[];
};

/** Puts them into tables. */
export function reportText(report: Report): string {
  const { pulls, cases, proofs, evaluation, ticks, lateness } = report;
  return [
    pullText(pulls),
    table(
      ["case", "floor", "req/s", "p50 ms", "p99 ms", "p50 ratio"],
      cases.map((row) => [
        row.name,
        row.floor,
        String(row.rps),
        row.p50Ms.toFixed(2),
        row.p99Ms.toFixed(2),
        row.p50Ratio.toFixed(2),
      ]),
    ),
    proofTable(proofs),
    table(
      ["1000 composite triggers", "object", "p50 ms", "p99 ms"],
      evaluation.map(({ life, p50Ms, p99Ms }) => [
        "evaluated",
        life,
        p50Ms.toFixed(1),
        p99Ms.toFixed(1),
      ]),
    ),
    table(
      ["a tick of", "", "alarms", "written", "read", "evaluated"],
      ticks.map(({ name, alarmsSet, rowsWritten, rowsRead, evaluations }) => [
        name,
        "",
        alarmsSet.toFixed(2),
        rowsWritten.toFixed(2),
        rowsRead.toFixed(1),
        evaluations.toFixed(1),
      ]),
    ),
    table(
      ["late by", "", "times", "p50 ms", "p99 ms", "most ms"],
      lateness.map(({ name, times, p50Ms, p99Ms, maxMs }) => [
        name,
        "",
        String(times),
        String(p50Ms),
        String(p99Ms),
        String(maxMs),
      ]),
    ),
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(28 - 4 * i) : cell.padStart(11))).join("");
  return [head, ...rows].map(line).join("\n");
}
