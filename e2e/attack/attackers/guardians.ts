/**
 * Members that sign what they may not: one owner of two, a guardian, a stranger beside an owner,
 * an owner twice. Against a vault where two owners must sign.
 */
import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { MemberSigner } from "#client/member";
import { Scope } from "#gen/access/v1/access";
import type { OwnerAct } from "#gen/vault/v1/authority";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { PolicySchema } from "#gen/vault/v1/policy";
import type { Act, Consent } from "#protocol/acts/act";
import { ownerRotationAct, recoveryAct } from "#protocol/acts/authority-acts";
import { keyGrantAct, keyRevokeAct, policyLoosenAct, unfreezeAct } from "#protocol/acts/vault-acts";
import { signRequest } from "#protocol/proof/sign";
import { generateP256Signer } from "#protocol/proof/signer";
import { requestId } from "../../scenario/vault.ts";
import type { Attacker, Tried } from "../score.ts";
import { passOne, unsigned } from "../stage/cells.ts";
import { type Council, callCouncil } from "../stage/council.ts";
import type { Stage } from "../stage/stage.ts";
import { difference, storedState } from "../stage/state.ts";
import { protocols } from "../surface/protocols.ts";
import { rpcNamed } from "../surface/rpcs.ts";
import { notEntitled } from "./keys.ts";

type Init = MessageInitShape<DescMessage>;

/** Something that only the owners decide: how it is signed, and the request that carries it. */
type Decision = {
  readonly rpc: string;
  readonly act: (consent: Consent) => Act;
  readonly request: (act: OwnerAct) => Init;
};

/** The attacker. */
export const guardians: Attacker = {
  name: "members beyond their part",
  async run(stage, score) {
    const council = await callCouncil(stage.stack);
    const { owners, guardian, stranger } = council;
    const [first, second] = owners;
    const parties: readonly (readonly [string, readonly MemberSigner[]])[] = [
      ["one owner of two", [first]],
      ["one owner twice", [first, first]],
      ["a guardian", [guardian]],
      ["an owner and a guardian", [first, guardian]],
      ["an owner and a stranger", [first, stranger]],
      ["both owners and a guardian", [first, second, guardian]],
      ["a stranger in an owner's name", [first, { ...stranger, member: second.member }]],
    ];
    for (const decision of decisions(council)) {
      const before = storedState(council.file);
      const tried: Tried[] = [];
      for (const [who, signers] of parties) {
        const outcome = await decide(stage, council, decision, signers);
        const attempt = `${who}: ${decision.rpc}`;
        tried.push({ attempt, outcome, expected: { refusedFor: notEntitled } });
      }
      score.volley(tried, difference(before, storedState(council.file)));
    }
    for (const decision of decisions(council).slice(0, 2)) {
      score.control(`both owners: ${decision.rpc}`, await decide(stage, council, decision, owners));
    }
  },
};

function decisions({ vault, guardian }: Council): readonly Decision[] {
  const { vaultId } = vault.owner;
  const grant = create(KeyGrantSchema, {
    keyId: `ed25519:${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url")}`,
    holder: KeyGrant_Holder.DEVICE,
    label: "the attacker's",
    scopes: [Scope.VAULT_READ, Scope.ACTION_EXECUTE],
    expireTime: timestampFromMs(Math.floor(Date.now() / 1000) * 1000 + 3_600_000),
  });
  const policy = create(PolicySchema, { maxSlippageBps: 1000 });
  const authority = `${vault.name}/authority`;
  const members = [{ kind: 1, id: guardian.member, role: 1 }] as never;
  const keyId = vault.signer.keyId;
  const takeOver = (act: OwnerAct) =>
    ({
      name: authority,
      requestId: requestId(),
      members,
      threshold: 1,
      expectedVersion: 2n,
      act,
    }) as Init;
  return [
    {
      rpc: "GrantKey",
      act: (consent) => keyGrantAct(vaultId, grant, consent),
      request: (act) => ({ parent: vault.name, requestId: requestId(), grant, act }) as Init,
    },
    {
      rpc: "UnfreezeVault",
      act: (consent) => unfreezeAct(vaultId, consent),
      request: (act) => ({ name: vault.name, requestId: requestId(), act }) as Init,
    },
    {
      rpc: "UpdatePolicy",
      act: (consent) => policyLoosenAct(vaultId, policy, 0n, consent),
      request: (act) =>
        ({ parent: vault.name, requestId: requestId(), policy, expectedVersion: 0n, act }) as Init,
    },
    {
      rpc: "RevokeKey",
      act: (consent) => keyRevokeAct(vaultId, keyId, consent),
      request: (act) =>
        ({ name: `${vault.name}/keys/${keyId}`, requestId: requestId(), act }) as Init,
    },
    {
      rpc: "UpdateAuthority",
      act: (consent) => ownerRotationAct(vaultId, members, 1, 2n, consent),
      request: takeOver,
    },
    {
      rpc: "RecoverAuthority",
      act: (consent) => recoveryAct(vaultId, members, 1, 2n, consent),
      request: takeOver,
    },
  ];
}

async function decide(
  stage: Stage,
  council: Council,
  { rpc: name, act, request }: Decision,
  signers: readonly MemberSigner[],
) {
  const rpc = rpcNamed(stage.rpcs, name);
  const [protocol] = protocols;
  if (protocol === undefined) throw new Error("no protocols");
  const message = request(await council.consent(signers, act));
  const signed = await signRequest(unsigned(stage, rpc, protocol, message), {
    signer: await generateP256Signer(),
    vaultId: council.vault.owner.vaultId,
    nowMs: Date.now(),
  });
  return passOne(stage, signed);
}
