/**
 * A gateway that alters what it passes on: every part that the caller signed, in every
 * combination of RPC, protocol and kind of key. Then it passes the request on unaltered, which
 * must be served, and once more with additions that nobody signed, which must not matter.
 */

import type { WireRequest } from "#protocol/exchange";
import type { Loot } from "../gateway/alterations.ts";
import { handOver } from "../gateway/hostile.ts";
import { atABusyDoor } from "../oracle.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { Attacker, Score } from "../score.ts";
import {
  type Cell,
  cellsOf,
  cellText,
  isSpent,
  readingOf,
  serveGood,
  signGood,
  watch,
} from "../stage/cells.ts";
import type { Stage } from "../stage/stage.ts";
import { rpcNamed } from "../surface/rpcs.ts";

/** The attacker. */
export const altering: Attacker = {
  name: "gateway alters",
  async run(stage, score, breadth) {
    for (const cell of cellsOf(stage.rpcs, breadth)) await alterOne(stage, cell, score);
  },
};

async function alterOne(stage: Stage, cell: Cell, score: Score): Promise<void> {
  const where = cellText(cell);
  const signed = await signGood(stage, cell);
  const { request, good, key } = signed;
  const other = cell.rpc.method.name === "FreezeVault" ? "GetVault" : "FreezeVault";
  const loot = {
    otherPath: rpcNamed(stage.rpcs, other).path,
    otherVaultId: stage.own.owner.vaultId,
    otherOrigin: stage.stack.ingressUrl,
    otherKeyIds: [
      ...Object.values(stage.keys).map(({ signer }) => signer.keyId),
      stage.own.signer.keyId,
      stage.victim.owner.memberId,
    ].filter((id) => id !== key.signer.keyId),
  };
  const changes = await watch(stage, cell);
  const echoes = await handOver(stage.stack, request, { do: "alter", kind: "alter", loot });
  const changed = await changes();
  const expected = { refusedFor: atABusyDoor };
  score.volley(
    echoes.map((echo) => ({
      attempt: `${echo.name}: ${where}`,
      outcome: outcomeOf(echo),
      expected,
    })),
    changed,
  );
  const served = await serveGood(stage, cell, signed, score);
  await inject(stage, cell, score, { request, loot, served });
  if (served.kind === "served") await good.undo?.();
}

/** What nobody signed is added to a request that was served: it must be as if it were not. */
async function inject(
  stage: Stage,
  cell: Cell,
  score: Score,
  { request, loot, served }: { request: WireRequest; loot: Loot; served: Outcome },
): Promise<void> {
  const changes = await watch(stage, cell);
  const echoes = await handOver(stage.stack, request, { do: "alter", kind: "inject", loot });
  const changed = await changes();
  // A change that was made is not made again; what was refused is refused again.
  const spent = isSpent(cell, served);
  const expected = spent
    ? { refusedFor: atABusyDoor }
    : { sameAs: served, reading: readingOf(cell) };
  const where = cellText(cell);
  score.volley(
    echoes.map((echo) => ({
      attempt: `${echo.name} added: ${where}`,
      outcome: outcomeOf(echo),
      expected,
    })),
    changed,
  );
}
