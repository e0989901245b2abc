import { expect, test } from "vitest";
import { defaultRetention, readRetention } from "./retention.ts";

test("what isn't set is kept as long as usual", () => {
  expect(readRetention(undefined)).toEqual(defaultRetention);
  expect(readRetention('{"raw": 7}')).toEqual({ ...defaultRetention, raw: 7 });
});

test.each([
  ["a name that there isn't", '{"payloads": 3}'],
  ["no whole number", '{"raw": 1.5}'],
  ["a text", '{"raw": "7"}'],
  ["nothing at all", '{"payload": 0}'],
  ["ids of batches for less than a repeat may take", '{"batch": 3}'],
  ["less history than there is in full", '{"keep": 30}'],
  ["no JSON", "raw=7"],
])("%s is refused", (_, text) => {
  expect(() => readRetention(text)).toThrow();
});
