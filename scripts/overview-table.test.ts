/** What an operator reads. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { GetOverviewResponseSchema, SourceHealth_State } from "#gen/signal/v1/overview_messages";
import { TelemetryFact_Kind, TelemetryFactSchema } from "#gen/signal/v1/telemetry";
import { overviewText, withinText } from "./overview-table.ts";

const nowMs = 1_800_000_000_000;
const timed = (counts: Readonly<Record<number, bigint>>) =>
  create(TelemetryFactSchema, {
    kind: TelemetryFact_Kind.CALL,
    outcome: "ok",
    count: 100n,
    latencyBuckets: Array.from({ length: 22 }, (_, i) => counts[i] ?? 0n),
  });

test.each([
  [{ 3: 100n }, "8 ms", "8 ms"],
  [{ 3: 50n, 10: 45n, 12: 5n }, "8 ms", "1.0 s"],
  [{ 3: 49n, 10: 45n, 12: 6n }, "1.0 s", "4.1 s"],
  [{ 21: 1n }, "over 1048.6 s", "over 1048.6 s"],
])("%o: half are within %s, 95 %% within %s", (counts, half, most) => {
  expect(withinText(timed(counts as Record<number, bigint>), 50n)).toBe(half);
  expect(withinText(timed(counts as Record<number, bigint>), 95n)).toBe(most);
});

test("what is not timed, never asked or without a quota is told as such", () => {
  const text = overviewText(
    create(GetOverviewResponseSchema, {
      round: 7n,
      publishTime: timestampFromMs(nowMs - 5000),
      sources: [{ source: "fred", state: SourceHealth_State.OFF, reason: "no key" }],
      facts: [{ kind: TelemetryFact_Kind.PULL, outcome: "unreachable", count: 3n }],
      batches: 2n,
    }),
    nowMs,
  );
  expect(text).toMatchInlineSnapshot(`
    "round 7, published 5 s ago

      source  state  asked  answered  failures  quota  why
      fred    off    never  never     0         –      no key

    what vaults told, in 2 batches

      what  outcome      count  half within  95 % within
      pull  unreachable  3      –            –"
  `);
});
