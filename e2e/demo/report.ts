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
  /** The stages from the upstream's change to the end. */
  readonly timings: Record<Stage, number | null>;
};

/** The stages from a change in the world to money that moved, in their order. */
const stages = [
  ["fetched", "fetched from its source"],
  ["published", "published, signed by the feed"],
  ["received", "received by the vault"],
  ["verdict", "verdict: the trigger fired"],
  ["signed", "operation signed"],
  ["included", "included in a block"],
  ["settled", "settled in the ledger"],
] as const;

/** A stage: its milliseconds since the upstream changed, `null` where nothing told its time. */
export type Stage = (typeof stages)[number][0];

/** An empty report. */
export function emptyReport(): Report {
  const nothing = { eth: "", usdc: "" };
  return {
    ok: false,
    steps: [],
    attacks: [],
    balances: { before: nothing, after: nothing },
    timings: {
      fetched: null,
      published: null,
      received: null,
      verdict: null,
      signed: null,
      included: null,
      settled: null,
    },
  };
}

/** Writes the summary table. */
export function summaryOf(report: Report): string {
  const { before, after } = report.balances;
  const { timings } = report;
  const rows = [
    ["vault's ether", `${before.eth} → ${after.eth}`],
    ["vault's USDC", `${before.usdc} → ${after.usdc}`],
    ["the upstream changed", "0 ms"],
    ...stagesOf(timings),
    ...report.attacks.map((attack) => [
      `attack: ${attack.name}`,
      `${attack.ok ? "refused" : "NOT REFUSED AS IT SHOULD BE"} by ${attack.refusedBy} (${attack.reason})`,
    ]),
  ] as const;
  const width = Math.max(...rows.map(([label]) => label?.length ?? 0));
  return rows.map(([label, text]) => `  ${label?.padEnd(width)}  ${text}`).join("\n");
}

/** Each stage with its time since the change, and since the stage before. */
function stagesOf(timings: Report["timings"]): readonly (readonly [string, string])[] {
  let before = 0;
  return stages.map(([stage, title]) => {
    const ms = timings[stage];
    if (ms === null) return [title, "–"];
    const more = ms - before;
    before = ms;
    return [title, `${ms} ms (+${more})`];
  });
}
