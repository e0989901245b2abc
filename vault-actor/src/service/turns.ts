/** Lets a few do something at once, and a few more wait for their turn. In memory only. */

/** Creates the turns. */
export function createTurns(max: { readonly running: number; readonly waiting: number }) {
  let running = 0;
  const waiting: (() => void)[] = [];

  return {
    /** Does something when its turn comes. `undefined`: too many wait already. */
    async take<T>(work: () => Promise<T>): Promise<T | undefined> {
      if (running >= max.running) {
        if (waiting.length >= max.waiting) return undefined;
        // Whoever ends hands the turn on: nobody comes in between.
        await new Promise<void>((done) => waiting.push(done));
      } else running += 1;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
