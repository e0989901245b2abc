/**
 * Who received something before. Pure.
 *
 * A recipient is known once something that was sent to it has settled. What is under way to one
 * that is not known counts as new, each time.
 */

/** That an operation sends to an account which was not known when it was reserved. */
export type Receipt = {
  /** A CAIP-10 id. */
  readonly recipient: string;
  readonly atMs: number;
  readonly settled: boolean;
};

/** Those of `recipients` that never received anything, each once. */
export function newAmong(
  recipients: readonly string[],
  receipts: readonly Receipt[],
): ReadonlySet<string> {
  const fresh = new Set(recipients);
  for (const { recipient, settled } of receipts) if (settled) fresh.delete(recipient);
  return fresh;
}

/** Who received for the first time, or is about to, within the last `windowMs` before `nowMs`. */
export function newWithin(
  receipts: readonly Receipt[],
  windowMs: number,
  nowMs: number,
): ReadonlySet<string> {
  const within = receipts.filter(({ atMs }) => atMs > nowMs - windowMs);
  return new Set(within.map(({ recipient }) => recipient));
}
