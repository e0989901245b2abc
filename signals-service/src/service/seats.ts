/**
 * Counts the streams that are open in this isolate, and bounds them. Holds no queue: each stream
 * reads the one round in memory when its reader is ready.
 */

/** One open stream. */
export type Seat = {
  /** Says that the stream still runs. */
  readonly touch: () => void;
  readonly leave: () => void;
};

/** The streams of one isolate. */
export type Seats = {
  /** Takes a seat. `undefined` when all are taken. */
  readonly take: () => Seat | undefined;
};

/** How long a seat is kept for a stream that says nothing of itself, in milliseconds. */
const goneMs = 120_000;

/** Creates the seats. */
export function createSeats(max: number, now: () => number): Seats {
  // In the order of their last sign of life.
  const taken = new Map<symbol, number>();
  const clear = () => {
    for (const [id, seenMs] of taken) {
      // The platform ends a stream whose reader is gone without a word to it.
      if (now() - seenMs <= goneMs) return;
      taken.delete(id);
    }
  };
  return {
    take() {
      if (taken.size >= max) clear();
      if (taken.size >= max) return undefined;
      const id = Symbol("seat");
      taken.set(id, now());
      return {
        touch() {
          if (taken.delete(id)) taken.set(id, now());
        },
        leave: () => void taken.delete(id),
      };
    },
  };
}
