import { expect, test } from "vitest";
import { parseRace } from "./options.ts";

test("a race without arguments is the published one", () => {
  expect(parseRace([])).toEqual({ intents: 1000, keys: 50, restarts: 4, limit: 600, json: false });
});

test("every number can be given", () => {
  const args = "--intents 10 --keys 2 --restarts 0 --limit 3 --json".split(" ");
  expect(parseRace(args)).toEqual({ intents: 10, keys: 2, restarts: 0, limit: 3, json: true });
});

test.each([
  [["--intents", "0"]],
  [["--keys", "x"]],
  [["--limit"]],
  [["--restarts", "-1"]],
  [["--nope"]],
  [["intents", "5"]],
  [["--intents", "5"]],
])("%j is refused with words", (args) => {
  expect(parseRace(args)).toEqual(expect.any(String));
});
