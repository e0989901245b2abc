/**
 * Turns the ticks of a Uniswap v3 pool into prices, in whole numbers. Pure.
 *
 * A tick is the logarithm of the price to the base 1.0001; the price is what one base unit of
 * the pool's first token costs in base units of its second.
 */
import { type Fraction, tenTo } from "./fraction.ts";

/** The ticks that a pool can have (TickMath). */
export const maxTick = 887_272n;

const fractionBits = 256n;
const one = 1n << fractionBits;

/** 1.0001 to the power of a tick, to more than 200 bits: more than a pool itself keeps. */
export function ratioAtTick(tick: bigint): Fraction {
  let [result, power] = [one, (one * 10_001n) / 10_000n];
  for (let left = tick < 0n ? -tick : tick; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * power) >> fractionBits;
    power = (power * power) >> fractionBits;
  }
  return tick < 0n ? { num: one, den: result } : { num: result, den: one };
}

/**
 * The mean tick over a window, from the pool's cumulative ticks at its start and end, rounded
 * down as Uniswap's OracleLibrary does. `undefined`: it is no tick.
 */
export function meanTick(start: bigint, end: bigint, windowSeconds: number): bigint | undefined {
  const [sum, seconds] = [end - start, BigInt(windowSeconds)];
  const down = sum / seconds;
  const mean = sum < 0n && down * seconds !== sum ? down - 1n : down;
  return mean < -maxTick || mean > maxTick ? undefined : mean;
}

/**
 * Whole units of the quote for one whole unit of the asset, times 10^18, rounded up.
 * `isFirst`: the asset is the pool's first token.
 */
export function ratioE18(
  tick: bigint,
  isFirst: boolean,
  assetDecimals: number,
  quoteDecimals: number,
): bigint {
  const { num, den } = ratioAtTick(tick);
  const [top, bottom] = isFirst ? [num, den] : [den, num];
  const scaled = top * tenTo(18 + assetDecimals);
  const unit = bottom * tenTo(quoteDecimals);
  return (scaled + unit - 1n) / unit;
}
