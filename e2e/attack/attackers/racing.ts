/** A gateway that sends 50 copies at once, so that a vault may do twice what was asked once. */

import { handOver } from "../gateway/hostile.ts";
import { atABusyDoor } from "../oracle.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { Attacker, Score } from "../score.ts";
import {
  type Cell,
  cellsOf,
  cellText,
  isFirst,
  isSpent,
  readingOf,
  signGood,
  watch,
} from "../stage/cells.ts";
import type { Stage } from "../stage/stage.ts";
import { storedRows } from "../stage/storage.ts";

const copies = 50;

/** The attacker. */
export const racing: Attacker = {
  name: "gateway races",
  async run(stage, score, breadth) {
    for (const cell of cellsOf(stage.rpcs, breadth)) {
      // What changes nothing can't be done twice: one combination of each is enough.
      if (!cell.rpc.reads || breadth === "fast" || isFirst(cell)) await raceOne(stage, cell, score);
    }
  },
};

async function raceOne(stage: Stage, cell: Cell, score: Score): Promise<void> {
  const where = cellText(cell);
  const { request, good } = await signGood(stage, cell);
  const spentBefore = spentIn(stage);
  const changes = await watch(stage, cell);
  const echoes = await handOver(stage.stack, request, { do: "pass", copies });
  const outcomes = echoes.map(outcomeOf);
  const served = outcomes.filter(({ kind }) => kind === "served");
  const first: Outcome | undefined = served[0] ?? outcomes[0];
  if (first === undefined) throw new Error("the gateway tells nothing");
  score.control(where, first);
  const rest = outcomes.filter((outcome) => outcome !== first);
  const spent = isSpent(cell, first);
  const expected = spent
    ? { refusedFor: atABusyDoor }
    : { sameAs: first, reading: readingOf(cell) };
  // One of them changes what one changes. A second would have left a second nonce or answer.
  const doubled = spentIn(stage) - spentBefore > 2;
  const changed = spent ? (doubled ? ["more than once"] : []) : await changes();
  score.volley(
    rest.map((outcome, i) => ({ attempt: `copy ${i + 2} at once: ${where}`, outcome, expected })),
    changed,
  );
  if (first.kind !== "served") return;
  await good.settle?.();
  await good.undo?.();
}

/** How many nonces and request ids the victim remembers. */
function spentIn(stage: Stage): number {
  const rows = storedRows(stage.victimFile);
  return rows.filter(([table]) => table === "nonce" || table === "request").length;
}
