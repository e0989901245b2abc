/** What the attack found, as a document for programs and as a table for people. */

/** An attack that was not refused as it must be. */
export type Success = {
  readonly attacker: string;
  /** What was tried, on which RPC, in which protocol, with which key. */
  readonly attempt: string;
  /** What it met instead of a refusal. */
  readonly met: string;
};

/** One attacker's tally. */
export type Tally = {
  readonly name: string;
  tried: number;
  refused: number;
  /** Requests of the rightful holder, without which a refusal would mean nothing. */
  controls: number;
  /** How many of them were served; the others were refused for what they ask, past the door. */
  served: number;
  /** How often each kind of refusal was met. */
  readonly met: Map<string, number>;
  ms: number;
};

/** Everything. */
export type Report = {
  readonly rpcs: readonly string[];
  readonly protocols: readonly string[];
  readonly keys: readonly string[];
  readonly attackers: Tally[];
  readonly succeeded: Success[];
  /** Controls that were not accepted: then the refusals around them prove nothing. */
  readonly brokenControls: Success[];
  /** What could not be tried, and why. */
  readonly notes: string[];
  seconds: number;
};

/** Whether everything was tried and refused. */
export function isClean(report: Report): boolean {
  const tried = report.attackers.every(({ tried, controls }) => tried > 0 && controls > 0);
  return tried && report.succeeded.length === 0 && report.brokenControls.length === 0;
}

/** The document that `--json` prints. */
export function toDocument(report: Report) {
  const sum = (of: (tally: Tally) => number) =>
    report.attackers.reduce((total, tally) => total + of(tally), 0);
  return {
    ok: isClean(report),
    rpcs: report.rpcs.length,
    protocols: report.protocols.length,
    keys: report.keys.length,
    tried: sum(({ tried }) => tried),
    refused: sum(({ refused }) => refused),
    succeeded: report.succeeded,
    controls: sum(({ controls }) => controls),
    controlsServed: sum(({ served }) => served),
    brokenControls: report.brokenControls,
    attackers: report.attackers.map(({ met, ...tally }) => ({
      ...tally,
      met: Object.fromEntries(met),
    })),
    names: { rpcs: report.rpcs, protocols: report.protocols, keys: report.keys },
    notes: report.notes,
    seconds: report.seconds,
  };
}

/** The table for people. */
export function toTable(report: Report): string {
  const rows = [
    [
      "attacker",
      "tried",
      "refused",
      "succeeded",
      "controls",
      "served",
      "seconds",
      "refused for, mostly",
    ],
    ...report.attackers.map((tally) => [
      tally.name,
      String(tally.tried),
      String(tally.refused),
      String(tally.tried - tally.refused),
      String(tally.controls),
      String(tally.served),
      (tally.ms / 1000).toFixed(1),
      mostly(tally.met),
    ]),
  ];
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const isText = (i: number) => i === 0 || i === 7;
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (isText(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const { rpcs, protocols, keys } = report;
  return [
    ...lines,
    "",
    `${rpcs.length} RPCs in ${protocols.length} protocols with ${keys.length} kinds of key, in ${report.seconds} s`,
    ...report.notes.map((note) => `note: ${note}`),
    ...report.brokenControls.map((c) => `CONTROL BROKEN  ${c.attacker}: ${c.attempt}: ${c.met}`),
    ...report.succeeded.map((s) => `SUCCEEDED  ${s.attacker}: ${s.attempt}: ${s.met}`),
  ].join("\n");
}

function mostly(met: ReadonlyMap<string, number>): string {
  return [...met]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
}
