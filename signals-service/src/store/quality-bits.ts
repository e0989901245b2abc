/** Writes qualities as bits, one each by its number in the contract. Pure. */
import type { Quality } from "#gen/signal/v1/observation";

/** The bits of a set of qualities. */
export function bitsOf(qualities: readonly Quality[]): number {
  return qualities.reduce<number>((bits, quality) => bits | (1 << quality), 0);
}

/** The qualities of a set of bits, by their numbers. */
export function qualitiesOf(bits: number): Quality[] {
  return Array.from({ length: 31 }, (_, quality) => quality as Quality).filter(
    (quality) => (bits & (1 << quality)) !== 0,
  );
}
