import { describe, expect, test } from "vitest";
import { Verdict } from "#gen/trigger/v1/trigger";
import type { NodeState } from "../state.ts";
import { breakOf, heldFor } from "./held-for.ts";

const { TRUE: T, FALSE: F, UNKNOWN: U } = Verdict;
const node = { durationMs: 100_000, maxAgeMs: 60_000 };

/** Looks at the given seconds; returns the verdicts and how often the memory changed. */
function run(looks: readonly (readonly [number, Verdict])[], of = node) {
  let state: NodeState | undefined;
  let writes = 0;
  let lookMs: number | undefined;
  const verdicts = looks.map(([second, child]) => {
    const seen = heldFor(of, child, state, second * 1000);
    if ((seen.state ?? undefined) !== state) writes += 1;
    state = seen.state ?? undefined;
    lookMs = seen.lookMs;
    return seen.verdict;
  });
  return { verdicts, writes, lookMs };
}

describe("held for 100 seconds", () => {
  test.for<readonly [string, readonly (readonly [number, Verdict])[], readonly Verdict[]]>([
    [
      "just long enough",
      [
        [0, T],
        [50, T],
        [99.999, T],
        [100, T],
      ],
      [F, F, F, T],
    ],
    [
      "from its first true look on",
      [
        [0, F],
        [50, T],
        [149, T],
        [150, T],
      ],
      [F, F, F, T],
    ],
    [
      "a false in between starts it anew",
      [
        [0, T],
        [60, F],
        [100, T],
        [199, T],
      ],
      [F, F, F, F],
    ],
    [
      "an unknown in between as well",
      [
        [0, T],
        [60, U],
        [100, T],
        [199, T],
      ],
      [F, U, F, F],
    ],
    [
      "a silence of 2 minutes does not",
      [
        [0, T],
        [120, T],
      ],
      [F, T],
    ],
    [
      "a longer silence does",
      [
        [0, T],
        [120.001, T],
        [220.001, T],
      ],
      [F, F, T],
    ],
    [
      "it ends with its child",
      [
        [0, T],
        [100, T],
        [101, F],
      ],
      [F, T, F],
    ],
    [
      "a clock that steps back starts it anew",
      [
        [50, T],
        [10, T],
        [109, T],
        [110, T],
      ],
      [F, F, F, T],
    ],
  ])("%s", ([, looks, verdicts]) => {
    expect(run(looks).verdicts).toEqual(verdicts);
  });

  test("it is noted once a minute that it still holds", () => {
    const looks = Array.from({ length: 31 }, (_, i) => [i * 10, T] as const);
    const seen = run(looks);
    expect(seen.verdicts.slice(-21)).toEqual(Array(21).fill(T));
    expect(seen.writes).toBe(6);
  });

  test("the next look is when it may become true, and in time for no silence to arise", () => {
    expect(run([[0, T]]).lookMs).toBe(60_000);
    expect(
      run([
        [0, T],
        [60, T],
      ]).lookMs,
    ).toBe(100_000);
    expect(
      run([
        [0, T],
        [60, T],
        [100, T],
      ]).lookMs,
    ).toBe(120_000);
    expect(run([[0, F]]).lookMs).toBeUndefined();
  });

  test("a break is twice the shortest maximum age, at least 2 minutes", () => {
    expect(breakOf(3_600_000)).toBe(7_200_000);
    expect(breakOf(1000)).toBe(120_000);
    expect(breakOf(Number.POSITIVE_INFINITY)).toBe(120_000);
    const slow = { durationMs: 100_000, maxAgeMs: 3_600_000 };
    expect(
      run(
        [
          [0, T],
          [7000, T],
        ],
        slow,
      ).verdicts,
    ).toEqual([F, T]);
    expect(
      run(
        [
          [0, T],
          [7201, T],
        ],
        slow,
      ).verdicts,
    ).toEqual([F, F]);
  });
});
