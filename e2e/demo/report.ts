/** What the demo tells: a story for people, or one JSON document for programs. */

/** One step of the story. */
export type Step = { readonly name: string; readonly ok: boolean; readonly ms: number };

/** One attack. `ok`: it was refused where it should be. */
export type Attack = {
  readonly name: string;
  readonly refusedBy: string;
  readonly reason: string;
  readonly ok: boolean;
};

/** What an account holds, in whole units. */
export type Holdings = { readonly eth: string; readonly usdc: string };

/** Everything that the demo found out. */
export type Report = {
  ok: boolean;
  readonly steps: Step[];
  readonly attacks: Attack[];
  readonly balances: { before: Holdings; after: Holdings };
  /** Milliseconds since the world changed. */
  readonly timings: {
    published: number;
    evaluated: number;
    signed: number;
    included: number;
    settled: number;
  };
};

/** An empty report. */
export function emptyReport(): Report {
  const nothing = { eth: "", usdc: "" };
  return {
    ok: false,
    steps: [],
    attacks: [],
    balances: { before: nothing, after: nothing },
    timings: { published: -1, evaluated: -1, signed: -1, included: -1, settled: -1 },
  };
}

/** Writes the summary table. */
export function summaryOf(report: Report): string {
  const { before, after } = report.balances;
  const { timings } = report;
  const rows = [
    ["vault's ether", `${before.eth} → ${after.eth}`],
    ["vault's USDC", `${before.usdc} → ${after.usdc}`],
    ["signal published", `${timings.published} ms after the world changed`],
    ["trigger evaluated", `${timings.evaluated} ms`],
    ["operation signed", `${timings.signed} ms`],
    ["included in a block", `${timings.included} ms`],
    ["settled in the ledger", `${timings.settled} ms`],
    ...report.attacks.map((attack) => [
      `attack: ${attack.name}`,
      `${attack.ok ? "refused" : "NOT REFUSED AS IT SHOULD BE"} by ${attack.refusedBy} (${attack.reason})`,
    ]),
  ] as const;
  const width = Math.max(...rows.map(([label]) => label?.length ?? 0));
  return rows.map(([label, text]) => `  ${label?.padEnd(width)}  ${text}`).join("\n");
}
