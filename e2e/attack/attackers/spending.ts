/** 50 spends at once against one limit, by every kind of key: the chain counts what went out. */

import { setTimeout as sleep } from "node:timers/promises";
import { formatEther, parseEther } from "viem";
import { Execution_State } from "#gen/vault/v1/execution";
import { SubmitIntentRequestSchema } from "#gen/vault/v1/execution_messages";
import { reasonName } from "#protocol/errors";
import { balancesOf } from "../../scenario/owner.ts";
import { send, signedCall } from "../../scenario/raw-call.ts";
import { requestId, swapIntent } from "../../scenario/vault.ts";
import { hasEnded } from "../../scenario/world-change.ts";
import { outcomeOfResponse } from "../outcome.ts";
import type { Attacker } from "../score.ts";
import { keyKinds } from "../stage/keys.ts";
import { by, etherPerDay, type Stage } from "../stage/stage.ts";
import { rpcNamed } from "../surface/rpcs.ts";

const each = "0.5";
const count = 50;

/** The attacker. */
export const spending: Attacker = {
  name: "50 spends at once",
  async run(stage, score) {
    const { victim, stack } = stage;
    const { path } = rpcNamed(stage.rpcs, "SubmitIntent");
    const known = new Set(await executionsOf(stage).then((all) => all.map(({ name }) => name)));
    const requests = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        signedCall(
          stack,
          path.slice(1),
          SubmitIntentRequestSchema,
          {
            parent: victim.name,
            requestId: requestId(),
            intent: swapIntent(stack, { ether: each }),
          },
          by(stage.keys[keyKinds[i % keyKinds.length] ?? "p256"].signer, victim),
        ),
      ),
    );
    const answers = await Promise.all(requests.map((request) => send(request)));
    const outcomes = await Promise.all(answers.map(outcomeOfResponse));
    const late = await ended(stage, known);
    const spent = late.filter(({ state }) => state === Execution_State.FINAL).length;
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.kind === "refused") {
        score.attack(`spend ${i + 1}`, outcome, { refusedFor: ["LIMIT_EXCEEDED"] });
      }
    }
    for (const { name, state, failure } of late) {
      const reason = failure === undefined ? undefined : reasonName(failure.reason);
      if (state === Execution_State.FINAL) {
        score.control(name, { kind: "served", body: "", headers: new Headers() });
      } else {
        // The vault's limit, or the chain's, whichever saw it first.
        const refused = reason === "LIMIT_EXCEEDED" || reason === "CHAIN_REFUSED";
        score.verdict(name, reason ?? "none", refused ? undefined : `ended with ${reason}`);
      }
    }
    // All that went out since the vault was funded, not what the vault says of it.
    const { eth } = await balancesOf(stack, victim.owner.smartAccount.address);
    const gone = parseEther("10") - eth;
    const over = gone > parseEther(etherPerDay);
    const text = `${formatEther(gone)} of ${etherPerDay} ETH went out`;
    score.verdict(
      `the sum of ${spent}`,
      "within the limit",
      over || spent === 0 ? text : undefined,
    );
  },
};

async function executionsOf({ victim }: Stage) {
  const { executions } = await victim.client.vault.listExecutions({
    parent: victim.name,
    pageSize: 200,
  });
  return executions;
}

async function ended(stage: Stage, known: ReadonlySet<string>) {
  for (let i = 0; i < 600; i++) {
    const fresh = (await executionsOf(stage)).filter(({ name }) => !known.has(name));
    if (fresh.every(hasEnded)) return fresh;
    await sleep(100);
  }
  throw new Error("the spends did not end in 60 s");
}
