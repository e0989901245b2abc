import { describe, expect, test } from "vitest";
import { compare, type History } from "./compare.ts";
import type { Head } from "./note.ts";

const root = (course: string, sequence: number) => `0x${course}${sequence}` as const;

/** A head `<claim epoch>.<generation>.<sequence><course of events>`. */
function head(text: string): Head {
  const [, claimEpoch, generation, sequence, course] = /^(\d+)\.(\d+)\.(\d+)(\w)$/.exec(text) ?? [];
  return {
    claimEpoch: Number(claimEpoch),
    generation: Number(generation),
    sequence: Number(sequence),
    root: root(course ?? "", Number(sequence)),
  };
}

/** A history that followed one course of events. */
function history(text: string, reconciledWith?: string): History {
  const own = head(text);
  const course = text.at(-1) ?? "";
  return {
    head: own,
    rootAt: (sequence) => (sequence <= own.sequence ? root(course, sequence) : undefined),
    reconciledWith: () => (reconciledWith === undefined ? undefined : head(reconciledWith)),
  };
}

describe("a vault's history beside what its notary holds", () => {
  test.each([
    ["nothing is held yet", "1.0.5a", undefined, undefined, "ahead"],
    ["the same entry", "1.0.5a", "1.0.5a", undefined, "same"],
    ["the last notes were lost", "1.0.7a", "1.0.5a", undefined, "ahead"],
    ["an earlier time", "1.0.3a", "1.0.5a", undefined, "restored"],
    ["as many entries, others", "1.0.5b", "1.0.5a", undefined, "restored"],
    ["more entries, others", "1.0.9b", "1.0.5a", undefined, "restored"],
    ["a restore found out, its note lost", "1.1.4a", "1.0.5b", "1.0.5b", "ahead"],
    ["another restore found out than this one", "1.1.4a", "1.0.9b", "1.0.5b", "restored"],
    ["before a restore that was found out", "1.0.9a", "1.1.4a", undefined, "restored"],
    ["a generation from nowhere", "1.2.9a", "1.0.5a", undefined, "restored"],
    ["a takeover, its note lost", "2.0.1b", "1.0.9a", undefined, "ahead"],
    ["before a takeover", "1.0.9a", "2.0.1b", undefined, "restored"],
  ] as const)("%s: %s beside %s", (_, own, held, reconciled, standing) => {
    const known = held === undefined ? undefined : head(held);
    expect(compare(history(own, reconciled), known)).toBe(standing);
  });
});
