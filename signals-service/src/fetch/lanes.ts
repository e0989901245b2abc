/** Asks many sources at once, but not too many. */
import type { Source } from "../source/source.ts";
import type { Asker } from "./ask.ts";
import type { Outcome } from "./outcome.ts";

/**
 * Asks all sources, in their order as far as lanes are free: `all` at once, and `each` of one
 * account, so that an upstream that hangs doesn't take every lane.
 */
export async function inLanes(
  sources: readonly Source[],
  ask: Asker,
  limits: { readonly all: number; readonly each: number },
): Promise<readonly Outcome[]> {
  const waiting = [...sources];
  const running = new Map<string, number>();
  const outcomes: Outcome[] = [];
  const runningOf = (account: string) => running.get(account) ?? 0;

  const lane = async (): Promise<void> => {
    for (;;) {
      // What waits for an account is taken up by the lanes that are busy with it.
      const index = waiting.findIndex(({ account }) => runningOf(account) < limits.each);
      const [source] = index === -1 ? [] : waiting.splice(index, 1);
      if (source === undefined) return;
      running.set(source.account, runningOf(source.account) + 1);
      outcomes.push(await ask(source));
      running.set(source.account, runningOf(source.account) - 1);
    }
  };
  await Promise.all(Array.from({ length: limits.all }, lane));
  return outcomes;
}
