import fc from "fast-check";
import { expect, test } from "vitest";
import { readDecimal, roundedQuotient, roundTo, writeDecimal } from "./decimal.ts";

const units = (text: string) => readDecimal(text) ?? expect.unreachable(text);

test.each([
  ["2.5", 0, "3"],
  ["-2.5", 0, "-3"],
  ["2.4999", 0, "2"],
  ["0.125", 2, "0.13"],
  ["-0.125", 2, "-0.13"],
  ["1.005", 2, "1.01"],
  ["1", 8, "1"],
  ["0.0000000000000000005", 18, "0.000000000000000001"],
])("P13: %s to %i places is %s", (text, places, expected) => {
  expect(writeDecimal(roundTo(units(text), places))).toBe(expected);
});

test.each(["", "1.", ".5", "01", "+1", "1e5", "1,5", " 1", "0x1", "1".repeat(39)])(
  "%j is no decimal",
  (text) => expect(readDecimal(text)).toBeUndefined(),
);

test("what is written reads the same", () => {
  const any = fc.bigInt({ min: -(10n ** 55n), max: 10n ** 55n });
  fc.assert(fc.property(any, (one) => readDecimal(writeDecimal(one)) === one));
});

test("a rounded quotient is never farther off than half of one", () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt({ min: 1n, max: 10n ** 20n }), (dividend, divisor) => {
      const rest = dividend - roundedQuotient(dividend, divisor) * divisor;
      expect(2n * (rest < 0n ? -rest : rest)).toBeLessThanOrEqual(divisor);
    }),
  );
});
