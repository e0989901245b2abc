/**
 * Brings a vault to life on a local stack, step by step, as its owner and device would: the
 * claim, the policy, the session with its on-chain permission, the trigger.
 */
import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { parseEther } from "viem";
import { signPermission, swapCaveats } from "#client/permission";
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
import { type Policy, PolicySchema } from "#gen/vault/v1/policy";
import type { Session } from "#gen/vault/v1/session";
import { claimVaultAct, policyLoosenAct, sessionInstallAct } from "#protocol/acts/vault-acts";
import { type Address, formatAsset, formatChain, vaultName } from "#protocol/names";
import { generateP256Signer, type Signer } from "#protocol/proof/signer";
import { localChainId } from "../stack/chain/node.ts";
import { poolFee } from "../stack/chain/pool.ts";
import type { Stack } from "../stack/stack.ts";
import { fundAccount, makeOwner, type Owner, sendEther } from "./owner.ts";

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
  const client = createVaultClient(stack.baseUrl, { vaultId: owner.vaultId, signer });
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

/** The owner allows swaps on the router, up to an amount of ether a day. */
export async function setPolicy(vault: LiveVault, etherPerDay: string): Promise<Policy> {
  const { stack, owner, name, client } = vault;
  const max = parseEther(etherPerDay).toString();
  const policy = create(PolicySchema, {
    calls: [
      {
        target: `${formatChain(localChainId)}:${stack.deployment.router}`,
        selectors: [swapSelector],
      },
    ],
    assets: [
      {
        asset: nativeAsset,
        maxPerOperation: max,
        windows: [{ window: durationFromMs(86_400_000), maxAmount: max }],
      },
    ],
    maxSlippageBps: 100,
    operations: { window: durationFromMs(3_600_000), maxOperations: 10 },
  });
  const { policy: current } = await client.vault.getPolicy({ name: `${name}/policy` });
  const expectedVersion = current?.version ?? 0n;
  const build = policyLoosenAct.bind(undefined, owner.vaultId, policy, expectedVersion);
  const act = await owner.consent(build, 1n);
  const answer = await client.vault.updatePolicy({
    parent: name,
    requestId: requestId(),
    policy,
    expectedVersion,
    act,
  });
  if (answer.policy === undefined) throw new Error("no policy");
  return answer.policy;
}

/** The vault makes a session key; its account is funded for fees. */
export async function createSession({ stack, name, client }: LiveVault): Promise<Session> {
  const { session } = await client.vault.createSession({
    parent: name,
    requestId: requestId(),
    chain: formatChain(localChainId),
  });
  if (session === undefined) throw new Error("no session");
  await sendEther(stack, addressIn(session.account), "0.5");
  return session;
}

/** The owner signs the on-chain permission for the session, and the vault installs it. */
export async function installSession(
  vault: LiveVault,
  session: Session,
  etherPerDay: string,
): Promise<Session> {
  const { owner, client } = vault;
  const { delegation, hash, expireSeconds } = await grantSwaps(
    vault,
    addressIn(session.account),
    etherPerDay,
  );
  const { name, keyAddress, account } = session;
  const build = sessionInstallAct.bind(
    undefined,
    owner.vaultId,
    { name, keyAddress, account },
    { hash, expiresSeconds: BigInt(expireSeconds) },
  );
  const act = await owner.consent(build, 1n);
  const answer = await client.vault.installSession({
    name,
    requestId: requestId(),
    permission: delegation,
    act,
  });
  if (answer.session === undefined) throw new Error("no session");
  return answer.session;
}

/** The owner's signed permission for an account: swaps to USDC, into the vault's own account. */
export async function grantSwaps(
  { stack, owner }: LiveVault,
  sessionAccount: Address,
  etherPerDay: string,
) {
  const { deployment, chain } = stack;
  const expireSeconds = Math.floor(Date.now() / 1000) + 7 * 86_400;
  const { timestamp } = await chain.reader.getBlock();
  const caveats = swapCaveats(deployment.enforcers, {
    router: deployment.router,
    selector: swapSelector,
    tokenIn: deployment.wrappedNative,
    tokenOut: deployment.usdc,
    fee: poolFee,
    vaultAccount: owner.smartAccount.address,
    sessionAccount,
    maxPerWindow: parseEther(etherPerDay),
    windowSeconds: 86_400,
    startSeconds: Number(timestamp) - 60,
    expireSeconds,
  });
  const signed = await signPermission(owner.account, {
    chainId: localChainId,
    delegationManager: deployment.delegationManager,
    vaultAccount: owner.smartAccount.address,
    sessionAccount,
    caveats,
    salt: BigInt(Date.now()),
  });
  return { ...signed, expireSeconds };
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

/** The address in a CAIP-10 id. */
export function addressIn(account: string): Address {
  return account.slice(account.lastIndexOf(":") + 1) as Address;
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
