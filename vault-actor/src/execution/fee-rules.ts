/** The rules of fees. Pure. */

/** Fees for each unit of gas, in wei. */
export type FeePerGas = { readonly max: bigint; readonly priority: bigint };

/** A bundler's price is not believed from so many times the nodes' on. */
const absurdTimes = 10n;

/** What a replacement must pay more, in thousandths: bundlers and nodes ask for 10 to 12.5 %. */
const bumpPermille = 1_125n;

/**
 * A bundler's price as far as the nodes bear it out. One below theirs is raised to it, so that
 * nobody keeps an operation waiting by asking for too little.
 */
export function boundedBy(
  own: FeePerGas,
  market: FeePerGas,
): { readonly fees: FeePerGas; readonly isAbsurd: boolean } {
  if (own.max > market.max * absurdTimes || own.priority > own.max) {
    return { fees: market, isAbsurd: true };
  }
  return {
    fees: { max: most(own.max, market.max), priority: most(own.priority, market.priority) },
    isAbsurd: false,
  };
}

/** The middle of what several say; of an even number the lower of the two. */
export function middleOf(said: readonly FeePerGas[]): FeePerGas | undefined {
  const at = Math.floor((said.length - 1) / 2);
  const max = sorted(said.map((fees) => fees.max))[at];
  const priority = sorted(said.map((fees) => fees.priority))[at];
  if (max === undefined || priority === undefined) return undefined;
  return { max: most(max, priority), priority };
}

/**
 * The fees of a replacement: at least an eighth above the operation that it replaces, or what
 * the market asks when that is more.
 */
export function bumpFees(previous: FeePerGas, market: FeePerGas): FeePerGas {
  const max = most(raised(previous.max), market.max);
  return { max, priority: least(max, most(raised(previous.priority), market.priority)) };
}

function raised(fee: bigint): bigint {
  return (fee * bumpPermille + 999n) / 1_000n;
}

function sorted(fees: readonly bigint[]): readonly bigint[] {
  return [...fees].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
