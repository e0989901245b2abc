/**
 * `npm run bench`: how much a vault costs, next to the least that the platform costs here, all
 * in one run on bare workerd. `--json` for programs; `--pulls` for what pulls of signals cost only;
 * `--decisions` for decisions of the policy only; `--executions` for what executing costs only.
 */
import { startStack } from "../stack/stack.ts";
import { alarmCases, alarmVaults, evaluationCosts } from "./alarm-cases.ts";
import { benchWorkers, buildFloors } from "./bench-workers.ts";
import type { Case, Row } from "./case.ts";
import { decisionText, measureDecisions, measureInWorkerd } from "./decisions.ts";
import { executionText, measureExecutions } from "./executions.ts";
import { fullVaultCases } from "./full-vault-cases.ts";
import { latenesses } from "./lateness.ts";
import { closeConnections, measure, percentile, throughput } from "./load.ts";
import { measurePulls, pullText } from "./pulls.ts";
import { reportText } from "./report.ts";
import { telemetryCases } from "./telemetry-cases.ts";
import { tickCost } from "./tick-cost.ts";
import { floorCases, vaultCases } from "./vault-cases.ts";
import { proofCosts, verificationCases } from "./verifications.ts";

const asJson = process.argv.includes("--json");
const rounds = 4;
const perRound = 150;
const forThroughput = 600;
const forWarmth = 600;
/** The pause after a shot, so that what it leaves behind does not fall into the next one. */
const restMs = 5;

const progress = (line: string) => console.error(`… ${line}`);

const decisions = await measureDecisions();
if (process.argv.includes("--decisions")) {
  await buildFloors();
  const stack = await startBenchStack();
  const inWorkerd = await measureInWorkerd(stack);
  closeConnections();
  await stack.stop();
  const figures = { decisions, inWorkerd };
  console.log(asJson ? JSON.stringify(figures, null, 2) : decisionText(decisions, inWorkerd));
  process.exit(0);
}
if (process.argv.includes("--executions")) {
  const executions = await measureExecutions(progress);
  console.log(asJson ? JSON.stringify({ executions }, null, 2) : executionText(executions));
  process.exit(0);
}
const pulls = await measurePulls(progress);
if (process.argv.includes("--pulls")) {
  console.log(asJson ? JSON.stringify({ pulls }, null, 2) : pullText(pulls));
  closeConnections();
  process.exit(0);
}
const executions = await measureExecutions(progress);
await buildFloors();
const stack = await startBenchStack();
try {
  const inWorkerd = await measureInWorkerd(stack);
  // Before there are other vaults, whose alarms would be in the way.
  progress("schedules, for two minutes");
  const lateness = await latenesses(stack);
  progress("vaults and their triggers");
  const vaults = await alarmVaults(stack);
  const ticks = [
    await tickCost("an idle vault, 2 triggers", vaults.idle),
    await tickCost("an idle vault, 1000", vaults.full),
  ];
  const { rows, samples } = await run([
    ...floorCases(stack),
    ...(await verificationCases(stack)),
    ...(await vaultCases(stack)),
    ...alarmCases(vaults),
    ...(await telemetryCases(stack)),
    ...fullVaultCases(vaults.full),
  ]);
  const proofs = proofCosts(samples);
  const evaluation = evaluationCosts(samples);
  const report = { pulls, cases: rows, proofs, evaluation, ticks, lateness };
  const figures = { ...report, decisions, inWorkerd, executions };
  const text = () =>
    ["", reportText(report), decisionText(decisions, inWorkerd), executionText(executions)].join(
      "\n",
    );
  console.log(asJson ? JSON.stringify(figures, null, 2) : text());
} finally {
  closeConnections();
  await stack.stop();
}
process.exit(0);

function startBenchStack() {
  return startStack({
    name: "bench",
    persistent: false,
    progress,
    callsPerMinute: 1_000_000,
    // As deployed: a shorter one would have the vaults look at the world between the shots.
    periodMs: 60_000,
    ...benchWorkers,
  });
}

/** Measures all cases in turns, so that what changes on the machine meets all of them. */
async function run(cases: readonly Case[]): Promise<{
  readonly rows: readonly Row[];
  readonly samples: ReadonlyMap<string, readonly number[]>;
}> {
  const samples = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  const rates = new Map<string, number>();
  for (const one of cases) await measure(await one.shots(one.perRound ?? forWarmth), 0);
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const one of cases) {
      const shots = await one.shots(one.perRound ?? perRound);
      samples.get(one.name)?.push(...(await measure(shots, restMs)));
    }
  }
  for (const one of cases) {
    const shots = await one.shots(one.perRound ?? forThroughput);
    rates.set(one.name, await throughput(shots, one.atOnce));
  }
  const p50 = (name: string) => percentile(samples.get(name) ?? [], 0.5);
  const rows = cases.map(({ name, floor }) => ({
    name,
    floor,
    rps: Math.round(rates.get(name) ?? 0),
    p50Ms: rounded(p50(name)),
    p99Ms: rounded(percentile(samples.get(name) ?? [], 0.99)),
    p50Ratio: rounded(p50(name) / p50(floor)),
  }));
  return { rows, samples };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
