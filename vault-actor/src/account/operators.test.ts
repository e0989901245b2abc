import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Outcome } from "./node.ts";
import { askOperators, reachedBy } from "./operators.ts";

type Said = Outcome<number> | "breaks" | "never";

const truth: Said = { kind: "ok", value: 7 };
const reverts: Said = { kind: "final", reason: "execution reverted", code: 3, data: "0x" };
const silent: Said = { kind: "retry", reason: "status 503" };
const limited: Said = { kind: "final", reason: "no such method", code: -32601, data: undefined };

/** Nothing to cut off. */
const same = <T>(node: T) => node;
const ignore = () => undefined;

function ask(said: readonly Said[], quorum: number) {
  const told: string[] = [];
  const answer = askOperators<Said, number>(
    { nodes: said, quorum, until: same, onDisagreement: ({ message }) => told.push(message) },
    async (one) => {
      if (one === "breaks") throw new Error("broken");
      return one === "never" ? new Promise<never>(() => undefined) : one;
    },
    {
      what: "it",
      textOf: String,
      verdictOf: ({ code }) => (code === 3 ? "reverts" : undefined),
    },
  );
  return { answer, told };
}

const lie = (value: number): Said => ({ kind: "ok", value });

describe("a question to all operators", () => {
  test.each<[string, readonly Said[], number, object]>([
    ["one operator alone is believed", [truth], 1, { kind: "ok", value: 7 }],
    ["a liar is outvoted", [lie(8), truth, truth], 2, { kind: "ok", value: 7 }],
    ["nobody waits for a silent one", [truth, truth, "never"], 2, { kind: "ok", value: 7 }],
    ["a broken call is no answer", ["breaks", truth, truth], 2, { kind: "ok", value: 7 }],
    ["two of two must agree", [truth, lie(8)], 2, { kind: "retry" }],
    ["all differ", [truth, lie(8), lie(9)], 2, { kind: "retry" }],
    ["too few answer", [truth, silent, silent], 2, { kind: "retry" }],
    ["one revert is no verdict", [reverts, truth, truth], 2, { kind: "ok", value: 7 }],
    ["a quorum of reverts is", [reverts, truth, reverts], 2, { kind: "final", code: 3 }],
    ["other refusals are no answers", [limited, limited, truth], 2, { kind: "retry" }],
    ["nobody is there", [], 1, { kind: "retry" }],
  ])("%s", async (_, said, quorum, expected) => {
    expect(await ask(said, quorum).answer).toMatchObject(expected);
  });

  test("a disagreement is told, without the answers; a failure is none", async () => {
    const differing = ask([lie(8), truth, truth], 2);
    await differing.answer;
    expect(differing.told).toEqual(["3 nodes disagree about it"]);
    const failing = ask([silent, truth, truth], 2);
    await failing.answer;
    expect(failing.told).toEqual([]);
  });

  test("fewer liars than a quorum never get anything but the truth or nothing through", async () => {
    const count = fc.integer({ min: 1, max: 5 });
    const liars = fc.array(fc.constantFrom<Said>(lie(8), lie(9), reverts, silent, "breaks"));
    await fc.assert(
      fc.asyncProperty(count, liars, fc.infiniteStream(fc.nat()), async (nodes, bad, order) => {
        const quorum = Math.floor(nodes / 2) + 1;
        const lying = bad.slice(0, nodes - quorum);
        const said = [...lying, ...Array.from({ length: nodes - lying.length }, () => truth)];
        const keyed = said.map((one) => [order.next().value ?? 0, one] as const);
        keyed.sort(([a], [b]) => a - b);
        const { answer } = ask(
          keyed.map(([, one]) => one),
          quorum,
        );
        expect(await answer).toEqual(truth);
      }),
    );
  });
});

describe("how far operators are", () => {
  const heads = (numbers: readonly (number | undefined)[], quorum: number) =>
    reachedBy({ nodes: numbers, quorum, until: same, onDisagreement: ignore }, async (value) =>
      value === undefined ? { kind: "retry", reason: "down" } : { kind: "ok", value },
    );

  test.each<[string, readonly (number | undefined)[], number, object]>([
    ["of two the lower", [12, 10], 2, { kind: "ok", value: 10 }],
    ["one that runs ahead moves nothing", [999, 10, 11], 2, { kind: "ok", value: 11 }],
    ["one that lags moves nothing", [1, 10, 11], 2, { kind: "ok", value: 10 }],
    ["one is down", [undefined, 10, 11], 2, { kind: "ok", value: 10 }],
    ["too few", [undefined, undefined, 11], 2, { kind: "retry", reason: "down" }],
    ["one alone", [5], 1, { kind: "ok", value: 5 }],
  ])("%s", async (_, numbers, quorum, expected) => {
    expect(await heads(numbers, quorum)).toEqual(expected);
  });

  test("a silent one is waited for no longer than a moment", async () => {
    vi.useFakeTimers();
    const nodes = [1, 2, undefined];
    const asked = reachedBy(
      { nodes, quorum: 2, until: same, onDisagreement: ignore },
      async (value) =>
        value === undefined ? new Promise<never>(() => undefined) : { kind: "ok", value },
    );
    await vi.advanceTimersByTimeAsync(300);
    expect(await asked).toEqual({ kind: "ok", value: 1 });
    vi.useRealTimers();
  });
});

test("who is not waited for any more is cut off", async () => {
  const cut: string[] = [];
  const until = (node: string, signal: AbortSignal) => {
    signal.addEventListener("abort", () => cut.push(node));
    return node;
  };
  const operators = { nodes: ["a", "b", "c"], quorum: 2, until, onDisagreement: ignore };
  const say = async (node: string): Promise<Outcome<number>> =>
    node === "c" ? new Promise<never>(() => undefined) : { kind: "ok", value: 1 };
  await askOperators(operators, say, { what: "it", textOf: String });
  expect(cut).toContain("c");
  cut.length = 0;
  await reachedBy(operators, say);
  expect(cut).toContain("c");
});
