/** Writes an operator's overview for people. Pure. */
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type GetOverviewResponse,
  type SourceHealth,
  SourceHealth_State,
} from "#gen/signal/v1/overview_messages";
import { type TelemetryFact, TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import { enumName } from "#protocol/enum-name";

/** The whole overview as text, with times as of `nowMs`. */
export function overviewText(overview: GetOverviewResponse, nowMs: number): string {
  const { round, publishTime, sources, facts, batches } = overview;
  const age = (time: Timestamp | undefined) => agoText(time, nowMs);
  return [
    `round ${round}, published ${age(publishTime)}`,
    "",
    table(
      ["source", "state", "asked", "answered", "failures", "quota", "why"],
      sources.map((source) => [
        source.source,
        enumName(SourceHealth_State, source.state).toLowerCase(),
        age(source.askTime),
        age(source.successTime),
        String(source.failures),
        quotaText(source),
        source.reason || "–",
      ]),
    ),
    "",
    `what vaults told, in ${batches} batches`,
    "",
    table(
      ["what", "outcome", "count", "half within", "95 % within"],
      facts.map((fact) => [
        enumName(TelemetryFact_Kind, fact.kind).toLowerCase(),
        fact.outcome,
        String(fact.count),
        withinText(fact, 50n),
        withinText(fact, 95n),
      ]),
    ),
  ].join("\n");
}

/** The end of the bucket that so many of a hundred are within: a bound, not a measurement. */
export function withinText({ latencyBuckets }: TelemetryFact, percent: bigint): string {
  const total = latencyBuckets.reduce((sum, one) => sum + one, 0n);
  if (total === 0n) return "–";
  let sum = 0n;
  const bucket = latencyBuckets.findIndex((one) => {
    sum += one;
    return sum * 100n >= total * percent;
  });
  const isOpen = bucket === latencyBuckets.length - 1;
  return isOpen ? `over ${msText(2 ** (bucket - 1))}` : msText(2 ** bucket);
}

function msText(ms: number): string {
  return ms < 1024 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function quotaText({ quotaUsed, quotaLimit }: SourceHealth): string {
  return quotaLimit === 0 ? "–" : `${quotaUsed}/${quotaLimit}`;
}

function agoText(time: Timestamp | undefined, nowMs: number): string {
  if (time === undefined) return "never";
  const seconds = Math.max(0, Math.round((nowMs - timestampMs(time)) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200
    ? `${Math.round(seconds / 60)} min ago`
    : `${Math.round(seconds / 3600)} h ago`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  return [head, ...rows]
    .map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
