/**
 * Brings a vault to life on a local stack, step by step, as its owner and device would: the
 * claim, the policy, the session with its on-chain permission, the trigger.
 */
import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { parseEther } from "viem";
import { createVaultClient, type VaultClient } from "#client/vault-client";
import { Scope } from "#gen/access/v1/access";
import { Unit } from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { type Trigger, TriggerSchema } from "#gen/trigger/v1/trigger";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
} from "#gen/vault/v1/authority";
import { type Intent, IntentSchema } from "#gen/vault/v1/intent";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { claimVaultAct } from "#protocol/acts/vault-acts";
import { formatAsset, formatChain, vaultName } from "#protocol/names";
import { generateP256Signer, type Signer } from "#protocol/proof/signer";
import { localChainId } from "../stack/chain/node.ts";
import { poolFee } from "../stack/chain/pool.ts";
import type { Stack } from "../stack/stack.ts";
import { fundAccount, makeOwner, type Owner } from "./owner.ts";

/** `exactInputSingle` of SwapRouter02. */
export const swapSelector = "0x04e45aaf";

/** A vault with its owner and the device that operates it. */
export type LiveVault = {
  readonly stack: Stack;
  readonly owner: Owner;
  readonly name: string;
  readonly signer: Signer;
  readonly client: VaultClient;
};

/** A unique request id. */
export function requestId(): string {
  return crypto.randomUUID();
}

/** Makes an owner with a funded account, and claims its vault with a new device key. */
export async function claimVault(stack: Stack, ether: string): Promise<LiveVault> {
  const owner = makeOwner(stack);
  await fundAccount(stack, owner, ether);
  const signer = await generateP256Signer();
  const client = createVaultClient(stack.baseUrl, {
    vaultId: owner.vaultId,
    signer,
    attestationKeyIds: [stack.secrets.attestationKeyId],
  });
  const vault = { stack, owner, name: vaultName(owner.vaultId), signer, client };
  await claim(vault);
  return vault;
}

async function claim({ owner, name, signer, client }: LiveVault): Promise<void> {
  const member = create(Authority_MemberSchema, {
    kind: Authority_Member_Kind.EOA,
    id: owner.memberId,
    role: Authority_Member_Role.OWNER,
  });
  const grant = create(KeyGrantSchema, {
    keyId: signer.keyId,
    holder: KeyGrant_Holder.DEVICE,
    label: "the owner's phone",
    scopes: [
      Scope.VAULT_READ,
      Scope.VAULT_FREEZE,
      Scope.TRIGGER_READ,
      Scope.TRIGGER_WRITE,
      Scope.TRIGGER_TOGGLE,
      Scope.ACTION_SIMULATE,
      Scope.ACTION_EXECUTE,
      Scope.SESSION_CREATE,
      Scope.POLICY_TIGHTEN,
      Scope.PORTFOLIO_WRITE,
      Scope.KEY_REVOKE_SELF,
    ],
    expireTime: timestampFromMs(wholeSeconds(Date.now() + 30 * 86_400_000)),
    maxCallsPerMinute: 6000,
  });
  const build = claimVaultAct.bind(undefined, owner.vaultId, member, grant);
  await client.vault.claimVault({
    name,
    requestId: requestId(),
    owner: member,
    grant,
    act: await owner.consent(build, 0n),
    deploySalt: owner.salt,
  });
}

/** The native asset of the local chain, as a CAIP-19 id. */
export const nativeAsset = formatAsset({ kind: "native", chainId: localChainId });

/** The local USDC, as a CAIP-19 id. */
export function usdcAsset(stack: Stack): string {
  return formatAsset({ kind: "erc20", chainId: localChainId, address: stack.deployment.usdc });
}

/** An intent to swap ether for USDC, at most 1 % below the quote. */
export function swapIntent(stack: Stack, amount: { shareBps: number } | { ether: string }): Intent {
  return create(IntentSchema, {
    chain: formatChain(localChainId),
    action: {
      action: {
        case: "swap",
        value: {
          sellAsset: nativeAsset,
          buyAsset: usdcAsset(stack),
          amount: {
            amount:
              "shareBps" in amount
                ? { case: "shareBps", value: amount.shareBps }
                : { case: "exact", value: parseEther(amount.ether).toString() },
          },
          maxSlippageBps: 100,
          venue: { case: "uniswapV3", value: { fee: poolFee } },
        },
      },
    },
  });
}

/** The main job's trigger: ETH/USD under 2,200 and Ukraine above 80, at most once a day. */
export function protectTrigger(stack: Stack): Trigger {
  const maxAge = durationFromMs(300_000);
  const threshold = (series: string, unit: Unit, comparator: Comparator, value: string) => ({
    test: {
      case: "signalThreshold" as const,
      value: { series, unit, comparator, value, maxAge },
    },
  });
  return create(TriggerSchema, {
    displayName: "Protect half of my ether",
    condition: {
      test: {
        case: "all",
        value: {
          conditions: [
            threshold("market.price.eth.usd@v1", Unit.USD, Comparator.LESS_THAN, "2200"),
            threshold("geo.cii.ua@v8", Unit.INDEX_0_100, Comparator.GREATER_THAN, "80"),
          ],
        },
      },
    },
    intent: swapIntent(stack, { shareBps: 5000 }),
    firePolicy: { cooldown: durationFromMs(86_400_000) },
  });
}

/** Creates the main job's trigger. */
export async function createTrigger({ stack, name, client }: LiveVault): Promise<Trigger> {
  const { trigger } = await client.triggers.createTrigger({
    parent: name,
    requestId: requestId(),
    trigger: protectTrigger(stack),
  });
  if (trigger === undefined) throw new Error("no trigger");
  return trigger;
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
