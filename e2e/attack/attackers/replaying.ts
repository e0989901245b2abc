/**
 * A gateway that sends again what was served before: to the vault, by every way in, to another
 * vault, with the signature's twin, and after the vault was restarted.
 */
import { p256 } from "@noble/curves/nist.js";
import type { WireRequest } from "#protocol/exchange";
import { toBase64 } from "#protocol/proof/base64";
import { send } from "../../scenario/raw-call.ts";
import { handOver } from "../gateway/hostile.ts";
import { atABusyDoor } from "../oracle.ts";
import { outcomeOf, outcomeOfResponse } from "../outcome.ts";
import type { Attacker, Score, Tried } from "../score.ts";
import {
  type Cell,
  cellsOf,
  cellText,
  isSpent,
  passOne,
  readingOf,
  serveGood,
  signGood,
  watch,
} from "../stage/cells.ts";
import type { Stage } from "../stage/stage.ts";

/** The attacker. */
export const replaying: Attacker = {
  name: "gateway replays",
  async run(stage, score, breadth) {
    const cells = cellsOf(stage.rpcs, breadth);
    for (const cell of cells) await replayOne(stage, cell, score);
    await replayAfterRestart(stage, score);
  },
};

async function replayOne(stage: Stage, cell: Cell, score: Score): Promise<void> {
  const { stack } = stage;
  const where = cellText(cell);
  const signed = await signGood(stage, cell);
  const { request, good } = signed;
  const served = await serveGood(stage, cell, signed, score);
  const spent = isSpent(cell, served);
  const refused = { refusedFor: atABusyDoor };
  const again = spent ? refused : { sameAs: served, reading: readingOf(cell) };

  const changes = await watch(stage, cell);
  const object = stage.own.owner.vaultId;
  const elsewhere = await handOver(stack, request, { do: "pass", copies: 1, object });
  const tried: Tried[] = [
    { attempt: "again", outcome: await passOne(stage, request), expected: again },
    {
      attempt: "again by the real gateway",
      outcome: await outcomeOfResponse(await send(request)),
      expected: again,
    },
    {
      attempt: "again by the second way in",
      outcome: await outcomeOfResponse(await send(request, stack.ingressUrl)),
      expected: refused,
    },
    ...elsewhere.map((echo) => ({
      attempt: "again to another vault",
      outcome: outcomeOf(echo),
      expected: refused,
    })),
  ];
  if (cell.kind === "p256") {
    const outcome = await passOne(stage, twin(request));
    tried.push({ attempt: "again with the signature's twin", outcome, expected: again });
  }
  const changed = await changes();
  score.volley(
    tried.map((one) => ({ ...one, attempt: `${one.attempt}: ${where}` })),
    changed,
  );
  if (served.kind === "served") await good.undo?.();
}

/** What was served before a restart is remembered after it. */
async function replayAfterRestart(stage: Stage, score: Score): Promise<void> {
  const changing = stage.rpcs.filter(({ reads, access }) => !reads && access.kind === "key");
  const spent: { readonly cell: Cell; readonly request: WireRequest }[] = [];
  for (const cell of cellsOf(changing, "fast")) {
    const signed = await signGood(stage, cell);
    const { request, good } = signed;
    const served = await serveGood(stage, cell, signed, score);
    if (served.kind !== "served") continue;
    await good.undo?.();
    spent.push({ cell, request });
  }
  const before = await stage.look();
  await stage.stack.kill(["workerd"]);
  await stage.stack.restart();
  const tried: Tried[] = [];
  for (const { cell, request } of spent) {
    const outcome = await passOne(stage, request);
    const attempt = `again after a restart: ${cellText(cell)}`;
    tried.push({ attempt, outcome, expected: { refusedFor: atABusyDoor } });
  }
  score.volley(tried, await stage.changesSince(before));
}

/** The other signature of the same request that verifies: ECDSA takes s and n − s alike. */
function twin(request: WireRequest): WireRequest {
  const headers = new Headers(request.headers);
  const base64 = (headers.get("signature") ?? "").slice(4, -1);
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  const { r, s } = p256.Signature.fromBytes(bytes, "compact");
  const other = new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes("compact");
  headers.set("signature", `mv=:${toBase64(other)}:`);
  return { ...request, headers };
}
