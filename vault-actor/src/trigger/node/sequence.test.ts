import { describe, expect, test } from "vitest";
import { Verdict } from "#gen/trigger/v1/trigger";
import type { Outcome } from "../outcome.ts";
import type { NodeState } from "../state.ts";
import { sequence } from "./sequence.ts";

const node = { path: "any.conditions[2].sequence", withinMs: 60_000 };
const truths = { T: Verdict.TRUE, F: Verdict.FALSE, U: Verdict.UNKNOWN };

/** `T`, `F`, `U`, or the cause of an occurrence. */
function child(text: string): Outcome {
  const known = truths[text as keyof typeof truths];
  return {
    path: "",
    verdict: known ?? Verdict.TRUE,
    explain: () => "",
    ageMs: 0,
    stale: false,
    causes: known === undefined ? [text] : [],
    lookMs: Number.POSITIVE_INFINITY,
    children: [],
  };
}

/** Looks at the given seconds: the children, separated by spaces; `!` after them: it fires. */
function run(looks: readonly (readonly [number, string])[]) {
  let state: NodeState | undefined;
  const causes: string[] = [];
  const verdicts = looks.map(([second, text]) => {
    const fires = text.endsWith("!");
    const children = text.replace("!", "").split(" ").map(child);
    const seen = sequence(node, children, state, second * 1000);
    state = (fires ? seen.fired?.state : undefined) ?? seen.state ?? undefined;
    causes.push(...(seen.verdict === Verdict.TRUE ? (seen.causes ?? []) : []));
    return Object.entries(truths).find(([, verdict]) => verdict === seen.verdict)?.[0];
  });
  return { verdicts: verdicts.join(""), causes: [...new Set(causes)], state };
}

describe("a sequence", () => {
  test.for<readonly [string, readonly (readonly [number, string])[], string]>([
    [
      "one after the other",
      [
        [0, "F F"],
        [1, "T F"],
        [2, "F T"],
      ],
      "FFT",
    ],
    [
      "not at one look",
      [
        [0, "F F"],
        [1, "T T"],
        [2, "T T"],
      ],
      "FFF",
    ],
    [
      "not the other way round",
      [
        [0, "F F"],
        [1, "F T"],
        [2, "T T"],
      ],
      "FFF",
    ],
    [
      "what is true from the start starts it",
      [
        [0, "T F"],
        [1, "T T"],
      ],
      "FT",
    ],
    [
      "what was true all along does not end it",
      [
        [0, "T T"],
        [1, "T T"],
        [2, "T F"],
        [3, "T T"],
      ],
      "FFFT",
    ],
    [
      "nor what was unknown before",
      [
        [0, "T U"],
        [1, "T T"],
      ],
      "FF",
    ],
    [
      "within a minute",
      [
        [0, "T F"],
        [60, "T T"],
      ],
      "FT",
    ],
    [
      "not later",
      [
        [0, "T F"],
        [60.001, "T T"],
      ],
      "FF",
    ],
    [
      "the latest start counts",
      [
        [0, "T F"],
        [50, "F F"],
        [55, "T F"],
        [100, "T T"],
      ],
      "FFFT",
    ],
    [
      "unknown keeps what was",
      [
        [0, "T F"],
        [1, "U F"],
        [2, "T F"],
        [61, "T T"],
      ],
      "FFFF",
    ],
    [
      "unknown when the end may have come",
      [
        [0, "F U"],
        [1, "T U"],
        [2, "T U"],
      ],
      "FFU",
    ],
    [
      "true for as long as its last child",
      [
        [0, "T F"],
        [1, "F T"],
        [2, "F U"],
        [3, "F T"],
        [4, "F F"],
        [5, "F T"],
      ],
      "FTUTFF",
    ],
    [
      "until it fired",
      [
        [0, "T F"],
        [1, "T T!"],
        [2, "T T"],
        [3, "F F"],
        [4, "T F"],
        [5, "T T"],
      ],
      "FTFFFT",
    ],
    [
      "three in order",
      [
        [0, "T F F"],
        [1, "T T F"],
        [2, "T T T"],
      ],
      "FFT",
    ],
    [
      "three out of order",
      [
        [0, "T F F"],
        [1, "T F T"],
        [2, "T T T"],
      ],
      "FFF",
    ],
    [
      "the time counts from the first",
      [
        [0, "T F F"],
        [40, "T T F"],
        [70, "T T T"],
      ],
      "FFF",
    ],
    [
      "an occurrence counts once",
      [
        [0, "e1 F"],
        [1, "F F"],
        [59, "e1 F"],
        [70, "F T"],
      ],
      "FFFF",
    ],
    [
      "one occurrence is not two",
      [
        [0, "e1 e1"],
        [1, "F e1"],
      ],
      "FF",
    ],
    [
      "two occurrences of one kind",
      [
        [0, "e1 e1"],
        [1, "e2 e2"],
        [2, "F F"],
      ],
      "FTF",
    ],
    [
      "an occurrence from before does not end it",
      [
        [0, "F e1"],
        [1, "T e1"],
        [2, "T e1"],
        [3, "T e2"],
      ],
      "FFFT",
    ],
    [
      "the occurrence that ended it does not again",
      [
        [0, "T F"],
        [1, "T e1!"],
        [2, "F F"],
        [3, "T F"],
        [4, "T e1"],
      ],
      "FTFFF",
    ],
  ])("%s", ([, looks, verdicts]) => {
    expect(run(looks).verdicts).toBe(verdicts);
  });

  test("is an occurrence of its own, by when it ended and where it is", () => {
    const seen = run([
      [0, "T F"],
      [1, "T T"],
      [2, "T T!"],
      [3, "F F"],
      [4, "T F"],
      [5, "T T"],
    ]);
    expect(seen.causes).toEqual(["sequence/1000/2", "sequence/5000/2"]);
  });

  test("remembers the same when nothing changed, and at most 64 occurrences", () => {
    const { state } = run([
      [0, "T F"],
      [1, "T F"],
    ]);
    expect(sequence(node, [child("T"), child("U")], state, 2000).state).toBe(state);
    const many = Array.from({ length: 100 }, (_, i) => [i, `e${i} F`] as const);
    const after = run(many).state;
    expect(after?.kind === "sequence" && after.taken.length).toBe(64);
  });

  test("a clock that steps back does not lengthen it", () => {
    expect(
      run([
        [1000, "T F"],
        [0, "T F"],
        [61, "T T"],
      ]).verdicts,
    ).toBe("FFF");
  });
});
