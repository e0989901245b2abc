import { expect, test } from "vitest";
import { type Observation, Quality } from "#gen/signal/v1/observation";
import type { Draft } from "../aggregate/draft.ts";
import { stepOf } from "./round.ts";

const draft = (changes: Partial<Draft> = {}): Draft => ({
  series: "s@v1",
  value: "1",
  low: undefined,
  high: undefined,
  confidenceBps: 0,
  observeMs: 1000,
  fetchMs: 2000,
  expireMs: 9000,
  sinceMs: undefined,
  sources: ["a"],
  evidence: [],
  qualities: [],
  ...changes,
});

/** Takes the drafts one after another: what became of each. */
function play(...drafts: readonly Partial<Draft>[]): readonly string[] {
  let latest: Observation | undefined;
  return drafts.map((changes, i) => {
    const { kind, observation } = stepOf(draft(changes), latest, new Uint8Array(32), i);
    latest = observation;
    const { qualities, revision, round } = observation;
    return `${kind} ${round}.${revision}${qualities.includes(Quality.REVISED) ? " revised" : ""}`;
  });
}

const none = { value: undefined, qualities: [Quality.UNAVAILABLE] };

test.for<readonly [string, readonly string[], readonly string[]]>([
  ["the same again", play({}, {}), ["round 1.1", "same 1.1"]],
  ["read again", play({}, { fetchMs: 3000 }), ["round 1.1", "read again 1.1"]],
  ["P13: an older reading", play({}, { fetchMs: 1500 }), ["round 1.1", "same 1.1"]],
  ["another time", play({}, { observeMs: 1001 }), ["round 1.1", "round 2.1"]],
  ["another value", play({}, { value: "2", observeMs: 1001 }), ["round 1.1", "round 2.1"]],
  [
    "P10: another value of the same time, again and again",
    play({}, { value: "2" }, { value: "2" }, { value: "3" }, { observeMs: 1001 }),
    ["round 1.1", "round 2.2 revised", "same 2.2 revised", "round 3.3 revised", "round 4.1"],
  ],
  [
    "more sources are no correction",
    play({}, { value: "2", sources: ["a", "b"] }),
    ["round 1.1", "round 2.1"],
  ],
  ["another doubt", play({}, { qualities: [Quality.DEGRADED] }), ["round 1.1", "round 2.1"]],
  [
    "nothing, said once however often it is found",
    play(none, { ...none, observeMs: 5000, fetchMs: 6000 }),
    ["round 1.1", "read again 1.1"],
  ],
  ["from nothing to a value", play(none, {}), ["round 1.1", "round 2.1"]],
])("%s", ([, actual, expected]) => {
  expect(actual).toEqual(expected);
});
