/**
 * A gateway that holds changes back and delivers them in another order. Whatever builds on a
 * version takes effect on that version only, so a late change never undoes a newer one.
 */
import { signRequest } from "#protocol/proof/sign";
import type { Attacker } from "../score.ts";
import { cellsOf, cellText, passOne, signGood, unsigned } from "../stage/cells.ts";
import { goodRequest } from "../stage/good-requests.ts";
import { by } from "../stage/stage.ts";

/** The attacker. */
export const reordering: Attacker = {
  name: "gateway reorders",
  async run(stage, score, breadth) {
    const versioned = stage.rpcs.filter(({ method }) =>
      method.input.fields.some(({ name }) => name === "expected_version"),
    );
    const expected = { refusedFor: ["VERSION_CONFLICT"] } as const;
    for (const cell of cellsOf(versioned, breadth)) {
      const where = cellText(cell);
      const [held, prompt] = [await signGood(stage, cell), await signGood(stage, cell)];
      const served = await passOne(stage, prompt.request);
      score.control(where, served);
      // What is not served yet, or needs more consent than is at hand, has no order to break.
      if (served.kind !== "served") continue;
      const before = await stage.look();
      const late = await passOne(stage, held.request);
      score.attack(`held back: ${where}`, late, expected, await stage.changesSince(before));
      if (cell.rpc.access.kind !== "key") continue;
      // The second of two changes, delivered before the first.
      const { message } = await goodRequest(stage, cell.rpc, cell.kind);
      const versions = message as { expectedVersion?: bigint };
      const second = { ...message, expectedVersion: (versions.expectedVersion ?? 0n) + 1n };
      const request = await signRequest(unsigned(stage, cell.rpc, cell.protocol, second as never), {
        ...by(stage.keys[cell.kind].signer, stage.victim),
        nowMs: Date.now(),
      });
      const early = await passOne(stage, request);
      score.attack(`too early: ${where}`, early, expected, await stage.changesSince(before));
    }
  },
};
