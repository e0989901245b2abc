/** The RPCs that everybody may call: no vault answers them, and a snapshot is the feed's alone. */
import { createSignalClient } from "#client/signal-client";
import { signRequest } from "#protocol/proof/sign";
import { verifySnapshot } from "#protocol/snapshot";
import { send } from "../../scenario/raw-call.ts";
import { outcomeOfResponse } from "../outcome.ts";
import type { Attacker, Score, Tried } from "../score.ts";
import { cellsOf, cellText, passOne, unsigned } from "../stage/cells.ts";
import { by, type Stage } from "../stage/stage.ts";
import { sampleOf } from "../surface/sample.ts";

/** The attacker. */
export const publicRpcs: Attacker = {
  name: "public RPCs astray",
  async run(stage, score, breadth) {
    const tried: Tried[] = [];
    const before = await stage.look();
    const expected = { refusedFor: ["METHOD_UNKNOWN"] } as const;
    for (const cell of cellsOf(stage.publicRpcs, breadth)) {
      const where = cellText(cell);
      const message = sampleOf(cell.rpc.method.input, stage.facts) as never;
      const request = await signRequest(unsigned(stage, cell.rpc, cell.protocol, message), {
        ...by(stage.keys[cell.kind].signer, stage.victim),
        nowMs: Date.now(),
      });
      const [inside, beside] = [
        await passOne(stage, request),
        await outcomeOfResponse(await send(request, stage.stack.ingressUrl)),
      ];
      tried.push({ attempt: `asked of a vault: ${where}`, outcome: inside, expected });
      tried.push({ attempt: `asked at the second way in: ${where}`, outcome: beside, expected });
      const answer = await send(request);
      const read = cell.rpc.streams ? await firstPiece(answer) : answer;
      score.control(where, await outcomeOfResponse(read), ["FIELD_INVALID"]);
    }
    score.volley(tried, await stage.changesSince(before));
    await forgeSnapshots(stage, score);
  },
};

/** A stream goes on for long: what it begins with tells whether it was served. */
async function firstPiece(response: Response): Promise<Response> {
  const reader = response.body?.getReader();
  const piece = await reader?.read();
  await reader?.cancel();
  const { status, headers } = response;
  return new Response(piece?.value ?? null, { status, headers });
}

async function forgeSnapshots({ stack }: Stage, score: Score): Promise<void> {
  const { signedSnapshot: snapshot } = await createSignalClient(stack.baseUrl).getSnapshot({});
  if (snapshot === undefined) throw new Error("no snapshot");
  const feed = stack.secrets.feedKeyId;
  const honest = await verifySnapshot(snapshot, feed);
  if (!honest.ok) throw new Error("the feed's own snapshot does not hold");
  const flipped = (bytes: Uint8Array, at: number) => bytes.map((b, i) => (i === at ? b ^ 1 : b));
  const forged = [
    ["an altered snapshot", { ...snapshot, snapshot: flipped(snapshot.snapshot, 9) }],
    ["a shorter snapshot", { ...snapshot, snapshot: snapshot.snapshot.slice(0, -1) }],
    ["an altered signature", { ...snapshot, signature: flipped(snapshot.signature, 3) }],
    ["another key's name", { ...snapshot, keyId: `ed25519:${"A".repeat(43)}` }],
  ] as const;
  for (const [name, one] of forged) {
    const verified = await verifySnapshot(one, feed);
    score.verdict(
      name,
      verified.ok ? "believed" : verified.error,
      verified.ok ? "believed" : undefined,
    );
  }
}
