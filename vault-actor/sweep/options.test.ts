import { expect, test } from "vitest";
import { parseOptions } from "./options.ts";

test("the default is a hundred thousand runs", () => {
  const parts = ["triggers", "execution"];
  const expected = { parts, runs: 100_000, seed: 1, workers: 2, json: false, verbose: false };
  expect(parseOptions([])).toEqual(expected);
});

test("takes what it is given", () => {
  const args = [
    "--only",
    "execution",
    "--runs",
    "3",
    "--seed",
    "9007199254740991",
    "--workers=1",
    "--json",
  ];
  const expected = { runs: 3, seed: Number.MAX_SAFE_INTEGER, workers: 1, json: true };
  expect(parseOptions(args)).toEqual({ parts: ["execution"], ...expected, verbose: false });
});

test.for([
  [["--runs", "0"], "--runs"],
  [["--runs", "1e3"], "--runs"],
  [["--seed", "-1"], "--seed"],
  [["--seed", "9007199254740993"], "--seed"],
  [["--workers", "65"], "--workers"],
  [["--only", "money"], "--only"],
  [["--fast"], "--fast"],
] as const)("refuses %s", ([args, field]) => {
  expect(parseOptions(args)).toContain(field);
});
