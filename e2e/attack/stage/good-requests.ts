/**
 * Requests that the victim's rightful callers make: what an attacker finds worth altering.
 *
 * Where a method needs a state of its own or an owner's consent, it is listed here. Any other,
 * a new one among them, gets a valid message made from its descriptor.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Scope } from "#gen/access/v1/access";
import { type FirePolicy, FirePolicySchema, TriggerSchema } from "#gen/trigger/v1/trigger";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import {
  keyGrantAct,
  keyRevokeAct,
  policyLoosenAct,
  sessionInstallAct,
  sessionRevokeAct,
  unfreezeAct,
} from "#protocol/acts/vault-acts";
import { formatChain } from "#protocol/names";
import { revokeKey } from "../../scenario/keys.ts";
import { certify, createSession, signCaveats, swapTerms } from "../../scenario/session.ts";
import { createTrigger, protectTrigger, requestId, swapIntent } from "../../scenario/vault.ts";
import { waitForEnd } from "../../scenario/world-change.ts";
import { localChainId } from "../../stack/chain/node.ts";
import type { Rpc } from "../surface/rpcs.ts";
import { sampleOf } from "../surface/sample.ts";
import { grantedKey, type HeldKey, type KeyKind, makeKey } from "./keys.ts";
import type { Stage } from "./stage.ts";
import { difference, storedState } from "./state.ts";

/** A request that its caller means. */
export type GoodRequest = {
  readonly message: MessageInitShape<DescMessage>;
  /** Who makes it, when it costs its caller the key. */
  readonly key?: HeldKey;
  /** Waits until what it began has come to its end, when it was served. */
  readonly settle?: () => Promise<unknown>;
  /** Takes back what it did when it was served, so that the next one finds the vault as it was. */
  readonly undo?: () => Promise<unknown>;
};

type Make = (stage: Stage, kind: KeyKind) => GoodRequest | Promise<GoodRequest>;

/** Makes a good request of an RPC, anew for every call. */
export async function goodRequest(stage: Stage, rpc: Rpc, kind: KeyKind): Promise<GoodRequest> {
  const make = known[rpc.method.name];
  if (make !== undefined) return make(stage, kind);
  return { message: sampleOf(rpc.method.input, { ...stage.facts, nowMs: Date.now() }) as never };
}

/** The RPCs that owners consent to, and whose consents are known here. */
export function consentedRpcs({ rpcs }: Stage): readonly Rpc[] {
  return rpcs.filter(({ access, method }) => access.kind === "owner" && method.name in known);
}

/** A good request that leaves nothing behind when it is not served. */
export async function plainRequest(stage: Stage, rpc: Rpc, kind: KeyKind) {
  const nowMs = Date.now();
  // What takes a state or a consent made for it gets the state that is there, and a pretence.
  if (rpc.access.kind === "owner" || ["DeleteTrigger", "RevokeOwnKey"].includes(rpc.method.name)) {
    return sampleOf(rpc.method.input, { ...stage.facts, nowMs }) as never;
  }
  return (await goodRequest(stage, rpc, kind)).message;
}

const message = (init: Record<string, unknown>) => init as never;

const currentPolicy = async ({ victim }: Stage) => {
  const { policy } = await victim.client.vault.getPolicy({ name: `${victim.name}/policy` });
  if (policy === undefined) throw new Error("the victim has no policy");
  return policy;
};

/** Waits until the vault has looked at its triggers and writes nothing more of its own. */
const quiet = async ({ victimFile }: Stage) => {
  for (let before = storedState(victimFile); ; ) {
    await sleep(300);
    const after = storedState(victimFile);
    if (difference(before, after).length === 0) return;
    before = after;
  }
};

const newSession = async ({ victim }: Stage) => {
  const session = await createSession(victim);
  return { session, undo: () => dropSession(victim, session.name) };
};

const dropSession = async ({ owner, client }: Stage["victim"], name: string) => {
  const act = await owner.consent(sessionRevokeAct.bind(undefined, owner.vaultId, name), 1n);
  await client.vault.revokeSession({ name, requestId: requestId(), act });
};

const unfreeze = async ({ owner, client, name }: Stage["victim"]) => {
  const act = await owner.consent(unfreezeAct.bind(undefined, owner.vaultId), 1n);
  await client.vault.unfreezeVault({ name, requestId: requestId(), act });
};

const triggerName = ({ victim, facts }: Stage) =>
  `${victim.name}/triggers/${facts.resources.triggers}`;

const known: Readonly<Record<string, Make>> = {
  CreateTrigger: (stage) => ({
    message: message({
      parent: stage.victim.name,
      requestId: requestId(),
      trigger: protectTrigger(stage.stack),
    }),
    settle: () => quiet(stage),
    undo: async () => {
      const { triggers } = await stage.victim.client.triggers.listTriggers({
        parent: stage.victim.name,
      });
      await stage.victim.client.triggers.deleteTrigger({
        name: triggers[0]?.name ?? "",
        requestId: requestId(),
      });
    },
  }),

  UpdateTrigger: async (stage) => {
    const name = triggerName(stage);
    const { trigger } = await stage.victim.client.triggers.getTrigger({ name });
    if (trigger === undefined) throw new Error("the victim has no trigger");
    // A change of the rule itself, each time another: a mere renaming has no version.
    const seconds = 86_400 + Math.floor(Math.random() * 1_000_000);
    const changed = create(TriggerSchema, {
      ...trigger,
      firePolicy: create(FirePolicySchema, {
        ...(trigger.firePolicy as FirePolicy),
        cooldown: durationFromMs(seconds * 1000),
      }),
    });
    const expectedVersion = trigger.version;
    return {
      message: message({ requestId: requestId(), trigger: changed, expectedVersion }),
      settle: () => quiet(stage),
    };
  },

  DeleteTrigger: async (stage) => {
    const { name } = await createTrigger(stage.victim);
    await quiet(stage);
    return { message: message({ name, requestId: requestId() }) };
  },

  PauseTrigger: (stage) => {
    const name = triggerName(stage);
    const { triggers } = stage.victim.client;
    return {
      message: message({ name, requestId: requestId() }),
      undo: async () => {
        await triggers.resumeTrigger({ name, requestId: requestId() });
        await quiet(stage);
      },
    };
  },

  PreviewTrigger: ({ victim, stack }) => ({
    message: message({ parent: victim.name, condition: protectTrigger(stack).condition }),
  }),

  BacktestTrigger: ({ victim, stack }) => ({
    message: message({
      parent: victim.name,
      trigger: protectTrigger(stack),
      startTime: timestampFromMs(Date.now() - 3_600_000),
      // Past, by whichever clock.
      endTime: timestampFromMs(Date.now() - 5000),
    }),
  }),

  CreateSession: ({ victim }) => ({
    message: message({
      parent: victim.name,
      requestId: requestId(),
      chain: formatChain(localChainId),
    }),
    undo: async () => {
      const { sessions } = await victim.client.vault.listSessions({ parent: victim.name });
      await dropSession(victim, sessions[0]?.name ?? "");
    },
  }),

  InstallSession: async (stage) => {
    const { victim } = stage;
    const { owner } = victim;
    const { session, undo } = await newSession(stage);
    const { name, keyAddress, account } = session;
    const certified = await certify(victim, session);
    const terms = await swapTerms(victim, certified.accountAddress, "1");
    const granted = await signCaveats(victim, certified, terms.caveats, terms.expireSeconds);
    const { delegation, hash, expireSeconds } = granted;
    const build = sessionInstallAct.bind(
      undefined,
      owner.vaultId,
      { name, keyAddress, account },
      { hash, expiresSeconds: BigInt(expireSeconds) },
    );
    const act = await owner.consent(build, 1n);
    return {
      message: message({ name, requestId: requestId(), permission: delegation, act }),
      undo,
    };
  },

  RevokeSession: async (stage) => {
    const { owner } = stage.victim;
    const { name } = (await newSession(stage)).session;
    const act = await owner.consent(sessionRevokeAct.bind(undefined, owner.vaultId, name), 1n);
    return { message: message({ name, requestId: requestId(), act }) };
  },

  GrantKey: async ({ victim }, kind) => {
    const { owner } = victim;
    const { keyId } = (await makeKey(kind)).signer;
    const grant = create(KeyGrantSchema, {
      keyId,
      holder: KeyGrant_Holder.AGENT,
      label: "one more",
      scopes: [Scope.VAULT_READ],
      expireTime: timestampFromMs(Math.floor(Date.now() / 1000) * 1000 + 3_600_000),
    });
    const act = await owner.consent(keyGrantAct.bind(undefined, owner.vaultId, grant), 1n);
    return {
      message: message({ parent: victim.name, requestId: requestId(), grant, act }),
      undo: () => revokeKey(victim, keyId),
    };
  },

  RevokeKey: async ({ victim }, kind) => {
    const { owner } = victim;
    const { keyId } = (await grantedKey(victim, kind)).signer;
    const act = await owner.consent(keyRevokeAct.bind(undefined, owner.vaultId, keyId), 1n);
    const name = `${victim.name}/keys/${keyId}`;
    return { message: message({ name, requestId: requestId(), act }) };
  },

  RevokeOwnKey: async ({ victim }, kind) => ({
    message: message({ parent: victim.name, requestId: requestId() }),
    key: await grantedKey(victim, kind),
  }),

  UpdatePolicy: async (stage) => {
    const { owner, name } = stage.victim;
    const policy = await currentPolicy(stage);
    const build = policyLoosenAct.bind(undefined, owner.vaultId, policy, policy.version);
    const act = await owner.consent(build, 1n);
    const expectedVersion = policy.version;
    return {
      message: message({ parent: name, requestId: requestId(), policy, expectedVersion, act }),
    };
  },

  TightenPolicy: async (stage) => {
    const policy = await currentPolicy(stage);
    const { name } = stage.victim;
    const expectedVersion = policy.version;
    return { message: message({ parent: name, requestId: requestId(), policy, expectedVersion }) };
  },

  FreezeVault: (stage) => ({
    message: message({ name: stage.victim.name, requestId: requestId(), reason: "an attack" }),
    undo: async () => {
      await unfreeze(stage.victim);
      await quiet(stage);
    },
  }),

  UnfreezeVault: async (stage) => {
    const { owner, name } = stage.victim;
    const act = await owner.consent(unfreezeAct.bind(undefined, owner.vaultId), 1n);
    return {
      message: message({ name, requestId: requestId(), act }),
      settle: () => quiet(stage),
    };
  },

  SubmitIntent: ({ victim, stack }) => ({
    message: message({
      parent: victim.name,
      requestId: requestId(),
      intent: swapIntent(stack, { ether: "0.001" }),
    }),
    settle: async () => {
      const { executions } = await victim.client.vault.listExecutions({ parent: victim.name });
      for (const { name } of executions.slice(0, 1)) await waitForEnd(victim, name);
    },
  }),

  SimulateIntent: ({ victim, stack }) => ({
    message: message({ parent: victim.name, intent: swapIntent(stack, { ether: "0.001" }) }),
  }),
};
