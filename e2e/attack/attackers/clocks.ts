/**
 * Proofs of another time: released too late, or made ahead because somebody lied about the time.
 * A caller's SDK believes its own clock, whatever a gateway says.
 */
import { createVaultClient } from "#client/vault-client";
import { findCandidate } from "#protocol/proof/candidate";
import { requestTag } from "#protocol/proof/coverage";
import { signRequest } from "#protocol/proof/sign";
import { sendTo } from "../gateway/hostile.ts";
import { atTheDoor } from "../oracle.ts";
import type { Attacker, Score, Tried } from "../score.ts";
import {
  type Cell,
  cellsOf,
  cellText,
  passOne,
  serveGood,
  signGood,
  unsigned,
} from "../stage/cells.ts";
import { plainRequest } from "../stage/good-requests.ts";
import { by, type Stage } from "../stage/stage.ts";

/** The longest that a proof is good: 60 seconds, and 30 for clocks apart on either side. */
const offsets = [
  ["released after its end", -92_000],
  ["released an hour late", -3_600_000],
  ["made a minute ahead", 60_000],
  ["made an hour ahead", 3_600_000],
] as const;

/** The attacker. */
export const clocks: Attacker = {
  name: "gateway steers clocks",
  async run(stage, score, breadth) {
    const cells = cellsOf(stage.rpcs, breadth);
    const tried: Tried[] = [];
    const before = await stage.look();
    for (const cell of cells) tried.push(...(await outOfTime(stage, cell)));
    score.volley(tried, await stage.changesSince(before));
    const [reading] = cells.filter(({ rpc }) => rpc.method.name === "GetVault");
    if (reading !== undefined)
      await serveGood(stage, reading, await signGood(stage, reading), score);
    for (const forgery of ["a refusal from the year 2099", "a date in the future"]) {
      await steer(stage, score, forgery);
    }
  },
};

async function outOfTime(stage: Stage, cell: Cell): Promise<Tried[]> {
  const { rpc, protocol, kind } = cell;
  const tried: Tried[] = [];
  const message = await plainRequest(stage, rpc, kind);
  for (const [name, ms] of offsets) {
    const request = await signRequest(unsigned(stage, rpc, protocol, message), {
      ...by(stage.keys[kind].signer, stage.victim),
      nowMs: Date.now() + ms,
    });
    const outcome = await passOne(stage, request);
    const attempt = `${name}: ${cellText(cell)}`;
    tried.push({ attempt, outcome, expected: { refusedFor: atTheDoor } });
  }
  return tried;
}

/** Lies to an SDK about the time, and looks at the time of its next proof. */
async function steer(stage: Stage, score: Score, forgery: string): Promise<void> {
  const made: number[] = [];
  const client = createVaultClient(stage.stack.baseUrl, {
    ...by(stage.victim.signer, stage.victim),
    identityKeyId: stage.victim.client.identityKeyId() ?? "",
    fetch: (url, init) => {
      const headers = new Headers(init.headers);
      const proof = findCandidate(headers, requestTag);
      if (proof.ok) made.push(proof.value.created * 1000);
      const body = init.body as Uint8Array<ArrayBuffer>;
      const request = { method: "POST", url, headers, body };
      return sendTo(stage.stack, request, { do: "forge", forgery });
    },
  });
  for (let i = 0; i < 2; i++) {
    await client.vault.getVault({ name: stage.victim.name }).catch(() => undefined);
  }
  const offMs = Math.max(...made.map((ms) => Math.abs(ms - Date.now())));
  const steered = made.length < 2 || offMs > 5_000;
  score.verdict(forgery, "own clock kept", steered ? `proofs ${offMs} ms off` : undefined);
}
