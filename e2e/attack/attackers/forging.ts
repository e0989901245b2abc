/**
 * A gateway that answers in the vault's place. The caller's SDK must not take it for the
 * vault's word: it throws its typed error, for every RPC and in every protocol.
 */
import { signingFetch } from "#client/signing-fetch";
import { UntrustedResponseError } from "#client/untrusted-response";
import { Scope } from "#gen/access/v1/access";
import type { WireRequest } from "#protocol/exchange";
import { forgeries } from "../gateway/forgeries.ts";
import { sendTo } from "../gateway/hostile.ts";
import { outcomeOfResponse, outcomeText } from "../outcome.ts";
import type { Attacker, Score } from "../score.ts";
import { type Cell, cellsOf, cellText, unsigned } from "../stage/cells.ts";
import { plainRequest } from "../stage/good-requests.ts";
import { grantedKey, type HeldKey, keyKinds } from "../stage/keys.ts";
import { by, type Stage } from "../stage/stage.ts";

/** The attacker. */
export const forging: Attacker = {
  name: "gateway forges answers",
  async run(stage, score, breadth) {
    const scopes = [Scope.VAULT_READ, Scope.TRIGGER_READ, Scope.ACTION_SIMULATE];
    for (const kind of keyKinds) {
      const key = await grantedKey(stage.victim, kind, { scopes });
      for (const cell of cellsOf(stage.rpcs, breadth)) {
        // A stream's events are signed one by one, and checked where they are read.
        if (cell.kind === kind && !cell.rpc.streams) await forgeOne(stage, cell, key, score);
      }
    }
  },
};

/** A date is no part of an answer: see `clocks.ts`. */
const names = Object.keys(forgeries).filter((name) => name !== "a date in the future");

async function forgeOne(stage: Stage, cell: Cell, key: HeldKey, score: Score): Promise<void> {
  const { rpc, protocol } = cell;
  const where = cellText(cell);
  const message = await plainRequest(stage, rpc, cell.kind);
  const call = (forgery: string) => {
    const signing = signingFetch({
      ...by(key.signer, stage.victim),
      identityKeyId: stage.victim.client.identityKeyId() ?? "",
      fetch: (url, init) => {
        const headers = new Headers(init.headers);
        const body = init.body as Uint8Array<ArrayBuffer>;
        const captured: WireRequest = { method: "POST", url, headers, body };
        return sendTo(stage.stack, captured, { do: "forge", forgery });
      },
    });
    return signing.fetch(unsigned(stage, rpc, protocol, message));
  };
  // A key that only reads: its changes are refused, and the refusals are signed as answers are.
  score.control(where, await call("none").then(outcomeOfResponse, failed), ["SCOPE_MISSING"]);
  for (const name of names) {
    const met = await call(name).then(outcomeOfResponse, (fault: unknown) => fault);
    const attempt = `${name}: ${where}`;
    if (met instanceof UntrustedResponseError) score.verdict(attempt, met.failure, undefined);
    else score.verdict(attempt, "believed", `the SDK believed it: ${told(met)}`);
  }
}

function failed(fault: unknown) {
  return { kind: "untyped", what: String(fault) } as const;
}

function told(met: unknown): string {
  if (met instanceof Error) return met.message;
  return outcomeText(met as Awaited<ReturnType<typeof outcomeOfResponse>>);
}
