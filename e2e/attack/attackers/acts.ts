/**
 * A stolen device key with an owner's true consent in its hands: spent before, altered, given
 * for something else, for another vault, chain or epoch, out of its time.
 */
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { consentTo } from "#client/owner";
import { Scope } from "#gen/access/v1/access";
import type { OwnerAct } from "#gen/vault/v1/authority";
import { unfreezeAct } from "#protocol/acts/vault-acts";
import type { Reason } from "#protocol/failure";
import { signRequest } from "#protocol/proof/sign";
import { requestId } from "../../scenario/vault.ts";
import { localChainId } from "../../stack/chain/node.ts";
import type { Attacker, Score, Tried } from "../score.ts";
import { type Cell, cellsOf, cellText, passOne, unsigned } from "../stage/cells.ts";
import { consentedRpcs, goodRequest } from "../stage/good-requests.ts";
import { by, type Stage } from "../stage/stage.ts";
import { rpcNamed } from "../surface/rpcs.ts";

type Init = MessageInitShape<DescMessage>;
type Carrier = Record<string, unknown> & { readonly act: OwnerAct };

/** How a consent is refused that is not exactly what the owners signed. */
const refusedFor: readonly Reason[] = [
  "OWNER_PROOF_REJECTED",
  "FIELD_INVALID",
  "PERMISSION_INVALID",
];

/** Consents that can be made without making a key or a session for them. */
const leavesNothing: readonly string[] = ["GrantKey", "UnfreezeVault"];

/** The attacker. */
export const acts: Attacker = {
  name: "consents abused",
  async run(stage, score, breadth) {
    for (const cell of cellsOf(consentedRpcs(stage), breadth)) await abuse(stage, cell, score);
    await misaddressed(stage, score);
  },
};

async function abuse(stage: Stage, cell: Cell, score: Score): Promise<void> {
  const where = cellText(cell);
  const good = await goodRequest(stage, cell.rpc, cell.kind);
  const message = good.message as unknown as Carrier;
  const other = consentedRpcs(stage).find(
    ({ path, method }) => path !== cell.rpc.path && leavesNothing.includes(method.name),
  );
  if (other === undefined) throw new Error("no other act");
  const borrowed = await goodRequest(stage, other, cell.kind);
  const swapped = (borrowed.message as unknown as Carrier).act;
  const tried: Tried[] = [];
  const before = await stage.look();
  const spoiled = { ...alteredActs(message.act), [`the consent of ${other.method.name}`]: swapped };
  for (const [name, act] of Object.entries(spoiled)) {
    const outcome = await callWith(stage, cell, { ...message, act });
    tried.push({ attempt: `${name}: ${where}`, outcome, expected: { refusedFor } });
  }
  for (const [name, change] of Object.entries(
    alteredRequests(stage, cell.rpc.method.name, message),
  )) {
    const outcome = await callWith(stage, cell, { ...message, ...change });
    tried.push({ attempt: `${name}: ${where}`, outcome, expected: { refusedFor } });
  }
  score.volley(tried, await stage.changesSince(before));
  const served = await callWith(stage, cell, message);
  score.control(where, served);
  if (served.kind === "served") await good.settle?.();
  const after = await stage.look();
  const again = await callWith(stage, cell, { ...message, requestId: requestId() });
  const changed = await stage.changesSince(after);
  score.attack(`carried out before: ${where}`, again, { refusedFor }, changed);
  if (served.kind === "served") await good.undo?.();
}

/** The consent itself, altered. */
function alteredActs(act: OwnerAct): Record<string, OwnerAct> {
  const [proof] = act.proofs;
  if (proof?.proof.case !== "eip712") throw new Error("the owner is an Ethereum key");
  const signature = proof.proof.value;
  const flipped = signature.map((byte, i) => (i === 9 ? byte ^ 1 : byte));
  const withProof = (change: Partial<typeof proof>) => ({
    ...act,
    proofs: [{ ...proof, ...change }],
  });
  const expireMs = act.expireTime === undefined ? 0 : timestampMs(act.expireTime);
  return {
    "another act id": { ...act, actId: `0x${"ab".repeat(32)}` },
    "a longer life": { ...act, expireTime: timestampFromMs(expireMs + 60_000) },
    "an ended life": { ...act, expireTime: timestampFromMs(1000) },
    "another epoch": { ...act, epoch: act.epoch + 1n },
    "the epoch before": { ...act, epoch: 0n },
    "an altered signature": withProof({ proof: { case: "eip712", value: flipped } }),
    "no signature": withProof({ proof: { case: "eip712", value: new Uint8Array(65) } }),
    "another member": withProof({ member: `eip155:${localChainId}:0x${"ee".repeat(20)}` }),
    "a contract's form": withProof({ proof: { case: "erc1271", value: signature } }),
    "no proofs": { ...act, proofs: [] },
  };
}

/** The request around a true consent, altered. */
function alteredRequests(
  { victim, facts }: Stage,
  method: string,
  message: Carrier,
): Record<string, Record<string, unknown>> {
  switch (method) {
    case "GrantKey": {
      const grant = message.grant as object;
      return {
        "a scope more": { grant: { ...grant, scopes: [Scope.VAULT_READ, Scope.ACTION_EXECUTE] } },
        "another label": { grant: { ...grant, label: "the owner's own" } },
        "a longer grant": {
          grant: { ...grant, expireTime: timestampFromMs(Date.now() + 80 * 86_400_000) },
        },
      };
    }
    case "RevokeKey":
      return { "another key": { name: `${victim.name}/keys/${victim.signer.keyId}` } };
    case "RevokeSession":
      return { "another session": { name: `${victim.name}/sessions/${facts.resources.sessions}` } };
    case "UpdatePolicy":
      return {
        "a looser policy": { policy: { ...(message.policy as object), maxSlippageBps: 999 } },
      };
    case "InstallSession": {
      const permission = message.permission as { caveats: readonly unknown[] };
      return {
        "a permission without conditions": { permission: { ...permission, caveats: [] } },
        "a permission with one condition less": {
          permission: { ...permission, caveats: permission.caveats.slice(1) },
        },
      };
    }
    default:
      return {};
  }
}

/** True consents of the same owner, to something that is not for here and now. */
async function misaddressed(stage: Stage, score: Score): Promise<void> {
  const { account, vaultId } = stage.victim.owner;
  const cell = cellsOf([rpcNamed(stage.rpcs, "UnfreezeVault")], "fast")[0];
  if (cell === undefined) throw new Error("no UnfreezeVault");
  const other = stage.own.owner.vaultId;
  const nowMs = Date.now();
  const here = { chainId: localChainId, epoch: 1n, nowMs };
  const consents = {
    "for another vault": await consentTo(account, unfreezeAct.bind(undefined, other), here),
    "for another chain": await consentTo(account, unfreezeAct.bind(undefined, vaultId), {
      ...here,
      chainId: 1,
    }),
    "for another epoch": await consentTo(account, unfreezeAct.bind(undefined, vaultId), {
      ...here,
      epoch: 2n,
    }),
    "that ended": await consentTo(account, unfreezeAct.bind(undefined, vaultId), {
      ...here,
      nowMs: nowMs - 3_600_000,
    }),
    "for eight days": await consentTo(account, unfreezeAct.bind(undefined, vaultId), {
      ...here,
      validSeconds: 8 * 86_400,
    }),
    "of another vault's owner": await consentTo(
      stage.own.owner.account,
      unfreezeAct.bind(undefined, vaultId),
      here,
    ),
  };
  const before = await stage.look();
  const tried: Tried[] = [];
  for (const [name, act] of Object.entries(consents)) {
    const request = { name: stage.victim.name, requestId: requestId(), act };
    const outcome = await callWith(stage, cell, request);
    tried.push({
      attempt: `a consent ${name}: ${cellText(cell)}`,
      outcome,
      expected: { refusedFor },
    });
  }
  score.volley(tried, await stage.changesSince(before));
}

async function callWith(
  stage: Stage,
  { rpc, protocol, kind }: Cell,
  message: Record<string, unknown>,
) {
  const request = await signRequest(unsigned(stage, rpc, protocol, message as Init), {
    ...by(stage.keys[kind].signer, stage.victim),
    nowMs: Date.now(),
  });
  return passOne(stage, request);
}
