/** What is counted, in which words, and how much of it at most. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ErrorReason } from "#gen/error/v1/error";
import { latencyBuckets, maxFacts, outcomeOf } from "#protocol/telemetry";
import { bucketOf, createTally, type FactKind } from "./tally.ts";

test.each([
  [-5, 0],
  [0, 0],
  [1, 0],
  [1.5, 1],
  [2, 1],
  [3, 2],
  [4, 2],
  [1000, 10],
  [1025, 11],
  [2 ** 20, 20],
  [2 ** 20 + 1, 21],
  [Number.POSITIVE_INFINITY, 21],
])("%d ms are in bucket %d", (ms, bucket) => {
  expect(bucketOf(ms)).toBe(bucket);
});

test.each([
  ["ok", "ok"],
  ["final", "final"],
  ["POLICY_REFUSED", "POLICY_REFUSED"],
  ["vaults/eip155:1:0xabc", "other"],
  ["12345", "other"],
  ["0", "other"],
  ["", "other"],
])("the outcome %s is told as %s", (outcome, told) => {
  expect(outcomeOf(outcome)).toBe(told);
});

test("every reason of the contract may be told", () => {
  const reasons = Object.keys(ErrorReason).filter((name) => Number.isNaN(Number(name)));
  expect(reasons.length).toBeGreaterThan(20);
  expect(reasons.map(outcomeOf)).toEqual(reasons);
});

test("counts and times add up by kind and outcome", () => {
  const tally = createTally();
  tally.add("CALL", "ok", 3);
  tally.add("CALL", "ok", 1000);
  tally.add("CALL", "ok");
  tally.add("PULL", "ok");
  const [call, pull] = tally.drain();
  const buckets = new Array(latencyBuckets).fill(0n);
  buckets[2] = 1n;
  buckets[10] = 1n;
  expect(call).toEqual({ kind: "CALL", outcome: "ok", count: 3n, latencyBuckets: buckets });
  expect(pull).toEqual({ kind: "PULL", outcome: "ok", count: 1n, latencyBuckets: [] });
  expect(tally.drain()).toEqual([]);
});

const kinds: FactKind[] = ["CALL", "PULL", "LOOK", "FIRING", "SIGNING", "SETTLEMENT", "ALARM"];
const reasons = Object.keys(ErrorReason).filter((name) => Number.isNaN(Number(name)));

test("whatever happens, a batch has at most 64 facts and loses none of the counts", () => {
  const happening = fc.tuple(
    fc.constantFrom(...kinds),
    fc.oneof(fc.constantFrom(...reasons), fc.string()),
  );
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 600, size: "max" }), (happenings) => {
      const tally = createTally();
      for (const [kind, outcome] of happenings) tally.add(kind, outcome, 1);
      const facts = tally.drain();
      expect(facts.length).toBeLessThanOrEqual(maxFacts);
      const counted = facts.reduce((sum, { count }) => sum + count, 0n);
      expect(counted).toBe(BigInt(happenings.length));
    }),
    { numRuns: 50 },
  );
});
