import fc from "fast-check";
import { formatUnits } from "viem";
import { describe, expect, test } from "vitest";
import { decimal } from "./json.ts";
import { decimalOfText, roundedDecimal } from "./rounding.ts";

describe("roundedDecimal", () => {
  test.for<readonly [bigint, number, number, string | undefined]>([
    [99_987_654n, -8, 8, "0.99987654"],
    [341_277n, -2, 8, "3412.77"],
    [5n, 3, 8, "5000"],
    [0n, -8, 8, "0"],
    [-5n, -1, 8, "-0.5"],
    [123_456_785n, -9, 8, "0.12345679"],
    [-123_456_785n, -9, 8, "-0.12345679"],
    [123_456_784n, -9, 8, "0.12345678"],
    [15n, -1, 0, "2"],
    [1n, -20, 8, "0"],
    [-1n, -20, 8, "0"],
    [1n, 0.5, 8, undefined],
    [1n, Number.NaN, 8, undefined],
    [1n, -1_000_000, 8, undefined],
  ])("%s × 10^%s to %s places is %s", ([digits, exponent, decimals, expected]) => {
    expect(roundedDecimal(digits, exponent, decimals)).toBe(expected);
  });

  test("is exact wherever the places suffice, as an independent library says", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.nat(18),
        (digits, places) => {
          expect(roundedDecimal(digits, -places, 18)).toBe(formatUnits(digits, places));
        },
      ),
    );
  });

  test("is never further away than half of the last place", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.nat(30),
        (digits, places) => {
          const text = roundedDecimal(digits, -places, 8) ?? expect.unreachable();
          const [, sign, whole = "", fraction = ""] = /^(-?)(\d+)\.?(\d*)$/.exec(text) ?? [];
          const units = BigInt(whole + fraction.padEnd(8, "0")) * (sign === "-" ? -1n : 1n);
          const [scaled, step] =
            places < 8
              ? [digits * 10n ** BigInt(8 - places), 1n]
              : [digits, 10n ** BigInt(places - 8)];
          const off = scaled - units * step;
          expect((off < 0n ? -off : off) * 2n <= step).toBe(true);
        },
      ),
    );
  });
});

test.for<readonly [string, string | undefined]>([
  ["0.715", "0.715"],
  ["4.31", "4.31"],
  ["-0", "0"],
  ["1e-7", "0.0000001"],
  ["2.5E+3", "2500"],
  ["007", "7"],
  [".", undefined],
  ["", undefined],
  [" 1", undefined],
  ["1,000", undefined],
  ["0x10", undefined],
  ["NaN", undefined],
  ["Infinity", undefined],
])("the text %j is the decimal %s", ([written, expected]) => {
  expect(decimalOfText(written, 8)).toBe(expected);
});

describe("P13: a float becomes a decimal once", () => {
  test("what JSON wrote comes out as it was written", () => {
    const digits = fc.bigInt({ min: -(10n ** 15n - 1n), max: 10n ** 15n - 1n });
    fc.assert(
      fc.property(digits, fc.nat(8), (all, places) => {
        const written = formatUnits(all, places);
        expect(decimal(JSON.parse(written) as number, 8)).toBe(written);
      }),
    );
  });

  test("a second reading of what came out changes nothing", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.nat(8), (value, places) => {
        const once = decimal(value, places) ?? expect.unreachable();
        expect(decimal(Number(once), places)).toBe(once);
      }),
    );
  });

  test.for<readonly [number | undefined, string | undefined]>([
    [0.1 + 0.2, "0.3"],
    [1.005, "1.005"],
    [107_077.696_619_246_85, "107077.69661925"],
    [123_456_789_012.1, "123456789012.1"],
    [-0, "0"],
    [5e-324, "0"],
    [1e21, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [undefined, undefined],
  ])("%s", ([value, expected]) => {
    expect(decimal(value, 8)).toBe(expected);
  });
});
