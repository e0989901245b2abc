/** Sets the stage: the victim with all that can be taken from it, and the attacker's own vault. */
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { parseEther } from "viem";
import { SubmitIntentRequestSchema } from "#gen/vault/v1/execution_messages";
import { formatChain, idOf } from "#protocol/names";
import type { Signer } from "#protocol/proof/signer";
import { replacePolicy } from "../../scenario/policy.ts";
import { createSession, installSession } from "../../scenario/session.ts";
import {
  claimVault,
  createTrigger,
  type LiveVault,
  nativeAsset,
  requestId,
  swapIntent,
  swapSelector,
} from "../../scenario/vault.ts";
import { waitForEnd } from "../../scenario/world-change.ts";
import { localChainId } from "../../stack/chain/node.ts";
import type { Stack } from "../../stack/stack.ts";
import { type Rpc, readRpcs } from "../surface/rpcs.ts";
import type { Facts } from "../surface/sample.ts";
import { grantedKey, type HeldKey, type KeyKind, keyKinds } from "./keys.ts";
import type { ServiceKeys } from "./service-keys.ts";
import { difference, type State, stateOf, tellers } from "./state.ts";
import { fileOf } from "./storage.ts";

/** The stage. */
export type Stage = {
  readonly stack: Stack;
  /** All RPCs of vaults, and the public ones. */
  readonly rpcs: readonly Rpc[];
  readonly publicRpcs: readonly Rpc[];
  /** The RPCs that need a key of the signals service, and such keys. */
  readonly serviceRpcs: readonly Rpc[];
  readonly serviceKeys: ServiceKeys["keys"];
  readonly victim: LiveVault;
  /** The victim's keys with every scope, one of each kind. */
  readonly keys: Readonly<Record<KeyKind, HeldKey>>;
  /** A vault that the attacker owns. */
  readonly own: LiveVault;
  readonly facts: Facts;
  /** Where the victim is stored. */
  readonly victimFile: string;
  /** Looks at the victim. */
  readonly look: () => Promise<State>;
  /** What changed of the victim since. */
  readonly changesSince: (before: State) => Promise<readonly string[]>;
};

/** The most that the victim's policy lets go in a day. */
export const etherPerDay = "2";

/** Sets the stage on a running stack. */
export async function setStage(stack: Stack, { keys }: ServiceKeys): Promise<Stage> {
  const all = await readRpcs();
  const ofKind = (kind: Rpc["access"]["kind"]) => all.filter(({ access }) => access.kind === kind);
  const [publicRpcs, serviceRpcs] = [ofKind("public"), ofKind("serviceKey")];
  const rpcs = all.filter((rpc) => !publicRpcs.includes(rpc) && !serviceRpcs.includes(rpc));
  const [victim, own] = await Promise.all([claimVault(stack, "10"), claimVault(stack, "1")]);
  await setLimits(victim);
  const session = await installSession(victim, await createSession(victim), etherPerDay);
  const trigger = await createTrigger(victim);
  const { execution } = await victim.client.vault.submitIntent(
    create(SubmitIntentRequestSchema, {
      parent: victim.name,
      requestId: requestId(),
      intent: swapIntent(stack, { ether: "0.001" }),
    }),
  );
  await waitForEnd(victim, execution?.name ?? "");
  const held = await Promise.all(keyKinds.map((kind) => grantedKey(victim, kind)));
  const reader = (await grantedKey(victim, "p256")).signer;
  const facts: Facts = {
    vaultId: victim.owner.vaultId,
    resources: {
      triggers: idOf(trigger.name),
      sessions: idOf(session.name),
      executions: idOf(execution?.name ?? ""),
      keys: victim.signer.keyId,
    },
    ownerId: victim.owner.memberId,
    epoch: 1n,
    nowMs: Date.now(),
  };
  const victimFile = fileOf(stack, victim.owner.vaultId);
  const eyes = { reader, tellers: tellers(rpcs), file: victimFile };
  const look = () => stateOf(victim, eyes, facts);
  return {
    stack,
    rpcs,
    publicRpcs,
    serviceRpcs,
    serviceKeys: keys,
    victim,
    keys: Object.fromEntries(held.map((key) => [key.kind, key])) as Stage["keys"],
    own,
    facts,
    victimFile,
    look,
    changesSince: async (before) => difference(before, await look()),
  };
}

/** Swaps on one router, as many as one likes, up to an amount a day. */
async function setLimits(vault: LiveVault): Promise<void> {
  const max = parseEther(etherPerDay).toString();
  const router = `${formatChain(localChainId)}:${vault.stack.deployment.router}`;
  await replacePolicy(vault, {
    calls: [{ target: router, selectors: [swapSelector] }],
    assets: [
      {
        asset: nativeAsset,
        maxPerOperation: max,
        windows: [{ window: durationFromMs(86_400_000), maxAmount: max }],
      },
    ],
    maxSlippageBps: 100,
    operations: { window: durationFromMs(3_600_000), maxOperations: 10_000 },
  });
}

/** A request's signer and vault, as raw calls take them. */
export function by(signer: Signer, vault: LiveVault) {
  return { signer, vaultId: vault.owner.vaultId };
}
