/**
 * Keys in wrong hands: strangers', revoked, expired, not begun; and stolen ones that try what
 * their scopes don't hold, or what only owners may.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Scope } from "#gen/access/v1/access";
import type { Reason } from "#protocol/failure";
import { signRequest } from "#protocol/proof/sign";
import { revokeKey } from "../../scenario/keys.ts";
import type { Attacker, Breadth, Score, Tried } from "../score.ts";
import { cellsOf, cellText, passOne, unsigned } from "../stage/cells.ts";
import { plainRequest } from "../stage/good-requests.ts";
import { grantedKey, type HeldKey, keyKinds, makeKey } from "../stage/keys.ts";
import { by, type Stage } from "../stage/stage.ts";
import type { Protocol } from "../surface/protocols.ts";
import type { Rpc } from "../surface/rpcs.ts";

/** How a call is refused whose key may not make it, or whose owners signed nothing. */
export const notEntitled: readonly Reason[] = [
  "PROOF_REJECTED",
  "SCOPE_MISSING",
  "OWNER_PROOF_REJECTED",
  // A permission on chain is looked at before the consent that goes with it.
  "PERMISSION_INVALID",
  // A claim by whoever: the vault has its owner.
  "VAULT_CLAIMED",
  // A method of owners that is not served yet.
  "FEATURE_UNAVAILABLE",
];

/** Keys that are no key of the victim's. */
export const badKeys: Attacker = {
  name: "keys that don't count",
  async run(stage, score, breadth) {
    for (const kind of keyKinds) {
      // What fails uses up the budget of strangers, which is kept in memory. It is no answer here.
      await stage.stack.kill(["workerd"]);
      await stage.stack.restart();
      const revoked = await grantedKey(stage.victim, kind);
      await revokeKey(stage.victim, revoked.signer.keyId);
      const soonMs = Date.now() + 2_000;
      const expired = await grantedKey(stage.victim, kind, { expireMs: soonMs });
      const early = await grantedKey(stage.victim, kind, { startMs: Date.now() + 1_800_000 });
      await sleep(Math.max(0, soonMs - Date.now()));
      await pretendWith(stage, score, breadth, "a stranger's key", await makeKey(kind));
      await pretendWith(stage, score, breadth, "the attacker's vault's key", {
        kind,
        signer: (await grantedKey(stage.own, kind)).signer,
      });
      await pretendWith(stage, score, breadth, "a revoked key", revoked);
      await pretendWith(stage, score, breadth, "an expired key", expired);
      await pretendWith(stage, score, breadth, "a key that has not begun", early);
    }
  },
};

/** Has a key try every RPC; none may be served. */
export async function pretendWith(
  stage: Stage,
  score: Score,
  breadth: Breadth,
  who: string,
  key: HeldKey,
): Promise<void> {
  const tried: Tried[] = [];
  const before = await stage.look();
  for (const cell of cellsOf(stage.rpcs, breadth)) {
    if (breadth === "whole" && cell.kind !== key.kind) continue;
    const outcome = await callWith(stage, cell.rpc, cell.protocol, key);
    const attempt = `${who} (${key.kind}): ${cell.rpc.name}, ${cell.protocol.name}`;
    tried.push({ attempt, outcome, expected: { refusedFor: notEntitled } });
  }
  score.volley(tried, await stage.changesSince(before));
  const [cell] = cellsOf(stage.rpcs, "fast").filter(({ rpc }) => rpc.method.name === "GetVault");
  if (cell === undefined) throw new Error("no GetVault");
  const rightful = await callWith(stage, cell.rpc, cell.protocol, stage.keys[key.kind]);
  score.control(`the rightful key after ${who}: ${cellText(cell)}`, rightful);
}

/** Keys with some scopes only, and one with all of them, that try the rest. */
export const stolenKeys: Attacker = {
  name: "stolen keys",
  async run(stage, score, breadth) {
    const scopes = [
      ...new Set(stage.rpcs.flatMap(({ access }) => ("scope" in access ? [access.scope] : []))),
    ];
    for (const [i, scope] of scopes.entries()) {
      const kind = keyKinds[i % keyKinds.length] ?? "p256";
      // All scopes but one: what is refused, is refused for that one alone.
      const held = await grantedKey(stage.victim, kind, {
        scopes: Object.entries(Scope).flatMap(([name, value]) =>
          name === "UNSPECIFIED" || name === scope ? [] : [value],
        ),
      });
      await tryBeyond(stage, score, breadth, held, (rpc) =>
        "scope" in rpc.access ? rpc.access.scope === scope : false,
      );
    }
    for (const kind of keyKinds) {
      await tryBeyond(
        stage,
        score,
        breadth,
        stage.keys[kind],
        (rpc) => rpc.access.kind === "owner",
      );
    }
  },
};

async function tryBeyond(
  stage: Stage,
  score: Score,
  breadth: Breadth,
  key: HeldKey,
  isBeyond: (rpc: Rpc) => boolean,
): Promise<void> {
  const tried: Tried[] = [];
  const before = await stage.look();
  for (const cell of cellsOf(stage.rpcs.filter(isBeyond), breadth)) {
    if (breadth === "whole" && cell.kind !== key.kind) continue;
    const outcome = await callWith(stage, cell.rpc, cell.protocol, key);
    const attempt = `beyond its scopes (${key.kind}): ${cell.rpc.name}, ${cell.protocol.name}`;
    tried.push({ attempt, outcome, expected: { refusedFor: notEntitled } });
  }
  score.volley(tried, await stage.changesSince(before));
  const within = cellsOf(
    stage.rpcs.filter((rpc) => rpc.reads && rpc.access.kind === "key" && !isBeyond(rpc)),
    "fast",
  )[0];
  if (within === undefined) return;
  const outcome = await callWith(stage, within.rpc, within.protocol, key);
  score.control(`within its scopes (${key.kind}): ${cellText(within)}`, outcome);
}

/** Calls with a key: as good a request as its holder can make, whose owners signed nothing. */
async function callWith(stage: Stage, rpc: Rpc, protocol: Protocol, key: HeldKey) {
  const message = await plainRequest(stage, rpc, key.kind);
  const request = await signRequest(unsigned(stage, rpc, protocol, message), {
    ...by(key.signer, stage.victim),
    nowMs: Date.now(),
  });
  return passOne(stage, request);
}
