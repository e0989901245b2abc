import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maxTick, meanTick, ratioAtTick, ratioE18 } from "./tick.ts";

/** What TickMath.getSqrtRatioAtTick gives, times 2^96, as v3-core's own tests record it. */
const sqrtRatios: readonly (readonly [bigint, bigint])[] = [
  [-maxTick, 4295128739n],
  [-maxTick + 1n, 4295343490n],
  [-50n, 79030349367926598376800521322n],
  [0n, 79228162514264337593543950336n],
  [50n, 79426470787362580746886972461n],
  [100n, 79625275426524748796330556128n],
  [250n, 80224679980005306637834519095n],
  [500n, 81233731461783161732293370115n],
  [1000n, 83290069058676223003182343270n],
  [2500n, 89776708723587163891445672585n],
  [3000n, 92049301871182272007977902845n],
  [4000n, 96768528593268422080558758223n],
  [5000n, 101729702841318637793976746270n],
  [50_000n, 965075977353221155028623082916n],
  [150_000n, 143194173941309278083010301478497n],
  [250_000n, 21246587762933397357449903968194344n],
  [500_000n, 5697689776495288729098254600827762987878n],
  [738_203n, 847134979253254120489401328389043031315994541n],
  [maxTick - 1n, 1461373636630004318706518188784493106690254656249n],
  [maxTick, 1461446703485210103287273052203988822378723970342n],
];

function squareRoot(value: bigint): bigint {
  let [x, y] = [value, (value + 1n) / 2n];
  while (y < x) [x, y] = [y, (y + value / y) / 2n];
  return x;
}

describe("the ratio at a tick", () => {
  test.each(sqrtRatios)("tick %s is TickMath's, to what TickMath keeps", (tick, expected) => {
    const { num, den } = ratioAtTick(tick);
    const root = squareRoot((num << 192n) / den);
    const off = root > expected ? root - expected : expected - root;
    // TickMath keeps 128 bits after the point, of which the highest ticks leave 64.
    expect(off * 10n ** 17n <= expected || off <= 1n).toBe(true);
  });

  test("a tick is a basis point, at every place", () => {
    const ticks = fc.bigInt({ min: -maxTick, max: maxTick - 1n });
    fc.assert(
      fc.property(ticks, (tick) => {
        const [a, b] = [ratioAtTick(tick), ratioAtTick(tick + 1n)];
        // b / a is 1.0001 to a hundred bits.
        const step = ((b.num * a.den) << 100n) / (b.den * a.num);
        const off = step - (10_001n << 100n) / 10_000n;
        return off >= -2n && off <= 2n;
      }),
    );
  });
});

test.each([
  [0n, 600n, 60, 10n],
  [0n, 601n, 60, 10n],
  [0n, -600n, 60, -10n],
  [0n, -601n, 60, -11n],
  [-50n, 10n, 60, 1n],
  [0n, 887_273n, 1, undefined],
  [0n, -887_273n, 1, undefined],
])("the mean tick from %s to %s in %s s is %s", (start, end, seconds, expected) => {
  expect(meanTick(start, end, seconds)).toBe(expected);
});

test("a price in whole units, from either side of the pool", () => {
  // Ether first, USDC second: 2,500 × 10^6 / 10^18 is the tick -198,080.
  expect(Number(ratioE18(-198_080n, true, 18, 6)) / 1e18).toBeCloseTo(2499.9, 0);
  expect(Number(ratioE18(-198_080n, false, 6, 18)) / 1e18).toBeCloseTo(1 / 2499.9, 6);
  expect(ratioE18(0n, true, 18, 18)).toBe(10n ** 18n);
  expect(ratioE18(0n, true, 6, 18)).toBe(10n ** 6n);
  expect(ratioE18(-maxTick, true, 0, 18)).toBe(1n);
});
