import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address } from "../names.ts";
import {
  type ArgConstraint,
  argRangeTerms,
  fairSwapTerms,
  maxWindowLimit,
  maxWord,
  readArgRange,
  readFairSwap,
  readWindowSpend,
  windowSpendTerms,
} from "./our-terms.ts";

const address = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`)
  .map((text) => text as Address);
const word = fc.bigInt(0n, maxWord);
const constraint: fc.Arbitrary<ArgConstraint> = fc.oneof(
  fc.record({
    about: fc.constant("word" as const),
    word: fc.nat(255),
    oneOf: fc.array(word, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ about: fc.constant("word" as const), word: fc.nat(255), min: word, max: word }),
  fc.record({ about: fc.constantFrom("value" as const, "length" as const), min: word, max: word }),
);

test("what is written is what is read", () => {
  const window = fc.record({
    token: address,
    limit: fc.bigInt(0n, maxWindowLimit),
    seconds: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  });
  const fair = fc.record({
    lossBps: fc.integer({ min: 0, max: 10_000 }),
    assets: fc.array(fc.record({ token: address, feed: address, maxAgeSeconds: fc.nat(2 ** 31) }), {
      minLength: 1,
      maxLength: 16,
    }),
  });
  fc.assert(
    fc.property(window, fair, fc.array(constraint, { minLength: 1, maxLength: 4 }), (w, f, c) => {
      expect(readWindowSpend(windowSpendTerms(w))).toEqual(w);
      expect(readFairSwap(fairSwapTerms(f))).toEqual(f);
      expect(readArgRange(argRangeTerms(c))).toEqual(c);
    }),
    { numRuns: 30 },
  );
});

test.each([
  ["no terms", readArgRange("0x")],
  ["a constraint that is cut off", readArgRange("0x0000ff")],
  ["a value bound of another word", readArgRange(`0x02ff${"00".repeat(64)}`)],
  ["a window without a length", readWindowSpend(`0x${"00".repeat(40)}`)],
  ["a window that is too long", readWindowSpend(`0x${"01".repeat(41)}`)],
  ["no asset", readFairSwap("0x0001")],
  ["a loss of more than all", readFairSwap(`0x2711${"00".repeat(44)}`)],
])("%s is not understood", (_, read) => {
  expect(read).toBeUndefined();
});
