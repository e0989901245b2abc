/**
 * What a trigger's swaps can lose when the signals, one of two groups of prices, the pool and the
 * landing are an attacker's: the window of the policy times the slippage, and no more.
 *
 * The loss of a swap is what it sold less what it brought, at the honest group's price when it was
 * signed. A window is over the times of signing, as the policy's is.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { eth } from "../../test/support/operating-vault.ts";
import {
  caps,
  playPoisoned,
  type Step,
  type Swapped,
  slippageBps,
  windowMs,
} from "../../test/support/poisoned-swaps.ts";

const bps = 10_000n;
/** An ether at a cent is 10^4 base units of USDC: this times base units of USDC, over cents, is wei. */
const weiPerUnitAtACent = 10n ** 14n;

/** What a swap lost, in base units of what it sold, rounded up. */
function lossOf({ sell, amount, cents, brought = 0n }: Swapped): bigint {
  const worth =
    sell === eth ? (brought * weiPerUnitAtACent) / cents : (brought * cents) / weiPerUnitAtACent;
  return amount - worth;
}

/** The sums over each window that ends with one of the swaps: spent, lost, and of how many. */
function* windowsOf(swaps: readonly Swapped[], sell: string) {
  const counted = swaps.filter((swap) => swap.sell === sell && !swap.reverted);
  for (const last of counted) {
    const within = counted.filter(({ atMs }) => atMs <= last.atMs && atMs > last.atMs - windowMs);
    const landed = within.filter(({ brought }) => brought !== undefined);
    yield {
      spent: within.reduce((sum, { amount }) => sum + amount, 0n),
      lost: landed.reduce((sum, swap) => sum + lossOf(swap), 0n),
      count: BigInt(landed.length),
    };
  }
}

function expectBounded(swaps: readonly Swapped[]): void {
  for (const [sell, cap] of caps) {
    for (const { spent, lost, count } of windowsOf(swaps, sell)) {
      expect(spent).toBeLessThanOrEqual(cap);
      // One base unit of rounding a swap. What is spent is within the cap, so the loss is too.
      expect(lost).toBeLessThanOrEqual((spent * slippageBps) / bps + count);
    }
  }
}

const minuteMs = 60_000;
const ether = 10n ** 18n;
/** Mostly what lets as much go as there is: what is refused loses nothing. */
const steps: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1000, max: 10 * minuteMs }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * windowMs }) },
  ),
  said: fc.constantFrom("10", "1999.99", "2500", "3000.01", "99999"),
  saidMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -windowMs, max: windowMs }) },
  ),
  cents: fc.integer({ min: 100_000, max: 500_000 }),
  isHonestSilent: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  lie: fc.record({
    ether: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 9_750, max: 10_250 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 1_000_000 }) },
    ),
    dollar: fc.oneof(
      { weight: 4, arbitrary: fc.constant(10_000) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
    ),
    ageMs: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -windowMs, max: 3 * windowMs }) },
    ),
  }),
  balance: fc.oneof(
    { weight: 4, arbitrary: fc.bigInt({ min: 5n * ether, max: 8n * ether }) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 1_000n * ether }) },
  ),
  quote: fc.oneof(
    { weight: 6, arbitrary: fc.constant(10n ** 30n) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 10n ** 20n }) },
  ),
  landing: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0n) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 10n ** 12n }) },
    { weight: 1, arbitrary: fc.constantFrom("reverts" as const, "waits" as const) },
  ),
});

test("whatever the signals, one group of prices, the pool and the landing do", async () => {
  let signed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 14 }), async (trace) => {
      const { swaps } = await playPoisoned(trace);
      signed += swaps.length;
      expectBounded(swaps);
    }),
    // A failure says its trace; a shorter one would take longer than the test may.
    { numRuns: 20, endOnFailure: true },
  );
  expect(signed).toBeGreaterThan(20);
});

test("the worst that there is comes to the bound, and stays there", async () => {
  // The feed rises and falls each minute, the lie is as low as it may be, the pool pays the least.
  const trace = Array.from(
    { length: 90 },
    (_, minute): Step => ({
      afterMs: minuteMs,
      said: minute % 2 === 0 ? "10" : "99999",
      saidMs: 0,
      cents: 250_000,
      isHonestSilent: false,
      lie: { ether: 9_800, dollar: 10_000, ageMs: 0 },
      balance: 5n * ether,
      quote: 10n ** 30n,
      landing: 0n,
    }),
  );
  const { swaps, fired } = await playPoisoned(trace);
  expectBounded(swaps);
  expect(fired).toBeGreaterThan(swaps.length);
  const worst = [...windowsOf(swaps, eth)].reduce(
    (most, { lost }) => (lost > most ? lost : most),
    0n,
  );
  expect(worst).toBe((10n * ether * slippageBps) / bps);
});
