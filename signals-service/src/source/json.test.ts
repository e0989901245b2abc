import fc from "fast-check";
import { expect, test } from "vitest";
import { exactDecimal } from "./json.ts";

test.for<readonly [unknown, string | undefined]>([
  ["4.31", "4.31"],
  ["-0.50", "-0.5"],
  ["007", "7"],
  ["-0.00", "0"],
  ["0.715", "0.715"],
  ["1.1234567", undefined],
  ["1.1234560", "1.123456"],
  [".", undefined],
  [".5", undefined],
  ["5.", undefined],
  ["", undefined],
  ["1e3", undefined],
  ["1,000", undefined],
  ["NaN", undefined],
  [" 1", undefined],
  [4.31, undefined],
  [null, undefined],
])("%s as a decimal", ([value, expected]) => {
  expect(exactDecimal(value, 6)).toBe(expected);
});

test("a decimal keeps its value", () => {
  const millionths = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
  fc.assert(
    fc.property(millionths, (value) => {
      const size = String(value < 0n ? -value : value).padStart(7, "0");
      const written = `${value < 0n ? "-" : ""}${size.slice(0, -6)}.${size.slice(-6)}`;
      const read = exactDecimal(written, 6) ?? "";
      const [whole = "", fraction = ""] = read.replace("-", "").split(".");
      const back = BigInt(whole + fraction.padEnd(6, "0"));
      expect(read.startsWith("-") ? -back : back).toBe(value);
      expect(exactDecimal(read, 6)).toBe(read);
    }),
  );
});
