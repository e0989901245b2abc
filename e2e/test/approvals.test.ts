/** What waits for the owners, on the real chain; and webhooks, to a receiver that verifies them. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  createAllowedTargetsTerms,
  createNativeTokenPeriodTransferTerms,
  createRedeemerTerms,
  createTimestampTerms,
} from "@metamask/delegation-core";
import { type Hex, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createVaultClient, type VaultClient } from "#client/vault-client";
import { Scope } from "#gen/access/v1/access";
import { ErrorReason } from "#gen/error/v1/error";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { type Approval, Approval_State } from "#gen/vault/v1/approval";
import { DecideApprovalRequest_Decision as Decision } from "#gen/vault/v1/approval_messages";
import { type Execution, Execution_State } from "#gen/vault/v1/execution";
import { type Intent, IntentSchema } from "#gen/vault/v1/intent";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { intentApprovalAct, keyGrantAct } from "#protocol/acts/vault-acts";
import { reasonOf } from "#protocol/errors";
import { formatChain } from "#protocol/names";
import { generateEd25519Signer } from "#protocol/proof/signer";
import { verifyWebhook } from "#protocol/webhook/verify";
import { balancesOf } from "../scenario/owner.ts";
import { replacePolicy } from "../scenario/policy.ts";
import { certify, createSession, inAMonth, install, signCaveats } from "../scenario/session.ts";
import { makeTrigger } from "../scenario/triggers.ts";
import { claimVault, type LiveVault, nativeAsset, requestId } from "../scenario/vault.ts";
import { hasEnded } from "../scenario/world-change.ts";
import { localChainId } from "../stack/chain/node.ts";
import { type Receiver, startReceiver } from "../stack/receiver.ts";
import { type Stack, startStack } from "../stack/stack.ts";

const host = "hooks.shop.example";
let receiver: Receiver;
let stack: Stack;
beforeAll(async () => {
  receiver = await startReceiver(host);
  const outside = { [host]: receiver.url };
  stack = await startStack({ name: "approvals", persistent: false, progress: () => {}, outside });
});
afterAll(async () => {
  await stack?.stop();
  await receiver?.close();
});

type Act = MessageInitShape<typeof IntentSchema>["action"];
type Agent = { readonly client: VaultClient; readonly keyId: string };

const chain = formatChain(localChainId);
const intentOf = (action: Act, expireMs?: number): Intent =>
  create(IntentSchema, {
    chain,
    action,
    ...(expireMs === undefined ? {} : { expireTime: timestampFromMs(expireMs) }),
  });

/** An agent with a key of its own, which may ask the owners. */
async function agentOf(vault: LiveVault): Promise<Agent> {
  const { owner, name } = vault;
  const signer = await generateEd25519Signer();
  const grant = create(KeyGrantSchema, {
    keyId: signer.keyId,
    holder: KeyGrant_Holder.AGENT,
    label: "an agent",
    scopes: [Scope.VAULT_READ, Scope.ACTION_EXECUTE, Scope.APPROVAL_REQUEST],
    expireTime: timestampFromMs(Math.floor(Date.now() / 1000) * 1000 + 86_400_000),
    maxCallsPerMinute: 1000,
  });
  const act = await owner.consent(keyGrantAct.bind(undefined, owner.vaultId, grant), 1n);
  await vault.client.vault.grantKey({ parent: name, requestId: requestId(), grant, act });
  const client = createVaultClient(stack.baseUrl, {
    vaultId: owner.vaultId,
    signer,
    attestationKeyIds: [stack.secrets.attestationKeyId],
  });
  return { client, keyId: signer.keyId };
}

/** A vault that may send a friend 1 ether at once, and more when its owner approves. */
async function giftVault(friend: Hex) {
  const vault = await claimVault(stack, "10");
  const friendId = `${chain}:${friend}`;
  await replacePolicy(vault, {
    calls: [{ target: friendId, selectors: ["0x"] }],
    recipients: [friendId],
    assets: [
      {
        asset: nativeAsset,
        maxPerOperation: parseEther("1").toString(),
        windows: [{ window: { seconds: 86_400n }, maxAmount: parseEther("1").toString() }],
      },
    ],
    approvals: { overLimit: true },
    webhookHosts: [host, "printer.local"],
  });
  const session = await createSession(vault);
  const certified = await certify(vault, session);
  const { enforcers } = stack.deployment;
  const { timestamp } = await stack.chain.reader.getBlock();
  const terms = (enforcer: Hex, terms: unknown) => ({ enforcer, terms: terms as Hex });
  const caveats = [
    terms(enforcers.allowedTargets, createAllowedTargetsTerms({ targets: [friend] })),
    terms(
      enforcers.nativeTokenPeriodTransfer,
      createNativeTokenPeriodTransferTerms({
        periodAmount: parseEther("9"),
        periodDuration: 86_400,
        startDate: Number(timestamp) - 60,
      }),
    ),
    terms(
      enforcers.timestamp,
      createTimestampTerms({ afterThreshold: 0, beforeThreshold: inAMonth() }),
    ),
    terms(enforcers.redeemer, createRedeemerTerms({ redeemers: [certified.accountAddress] })),
  ];
  await install(vault, session, await signCaveats(vault, certified, caveats, inAMonth()));
  return { vault, agent: await agentOf(vault), friendId };
}

const gift = (recipient: string, amount: { ether: string } | { shareBps: number }): Act => ({
  action: {
    case: "transfer",
    value: {
      asset: nativeAsset,
      recipient,
      amount: {
        amount:
          "ether" in amount
            ? { case: "exact", value: parseEther(amount.ether).toString() }
            : { case: "shareBps", value: amount.shareBps },
      },
    },
  },
});

async function ask(vault: LiveVault, client: VaultClient, intent: Intent): Promise<string> {
  const request = { parent: vault.name, requestId: requestId(), intent };
  return (await client.vault.submitIntent(request)).execution?.name ?? "";
}

async function reaches(
  vault: LiveVault,
  name: string,
  wanted: (execution: Execution) => boolean,
): Promise<Execution> {
  let last: Execution | undefined;
  await expect
    .poll(
      async () => {
        last = (await vault.client.vault.getExecution({ name })).execution;
        return last !== undefined && (wanted(last) || hasEnded(last));
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  if (last === undefined) throw new Error("no execution");
  return last;
}

const isWaiting = ({ state }: Execution) => state === Execution_State.PENDING_APPROVAL;

async function waiting(vault: LiveVault): Promise<Approval> {
  const { approvals } = await vault.client.vault.listApprovals({ parent: vault.name });
  const [approval] = approvals;
  if (approval === undefined) throw new Error("nothing waits");
  return approval;
}

/** The owner's wallet decides; some client carries it. */
async function decide(vault: LiveVault, by: VaultClient, approval: Approval, decision: Decision) {
  const { owner } = vault;
  const build = intentApprovalAct.bind(undefined, owner.vaultId, approval, decision);
  const act = await owner.consent(build, 1n);
  const request = { name: approval.name, requestId: requestId(), decision, act };
  return by.vault.decideApproval(request).then(() => "ok", reasonOf);
}

describe("a transfer over the limit", () => {
  test("waits, and lands once when its owner approves; the agent can't approve its own", async () => {
    const friend = `0x${"f2".repeat(20)}` as const;
    const { vault, agent, friendId } = await giftVault(friend);
    const name = await ask(vault, agent.client, intentOf(gift(friendId, { ether: "2" })));
    const execution = await reaches(vault, name, isWaiting);
    expect(execution.failure).toBeUndefined();
    expect(isWaiting(execution)).toBe(true);
    const approval = await waiting(vault);
    expect(approval).toMatchObject({ execution: name, requester: agent.keyId });
    expect(execution.approval).toBe(approval.name);
    expect(approval.spends).toMatchObject([
      { asset: nativeAsset, amount: parseEther("2").toString() },
    ]);
    expect(approval.recipients).toEqual([friendId]);
    const { APPROVE } = Decision;
    expect(await decide(vault, agent.client, approval, APPROVE)).toBe("OWNER_PROOF_REJECTED");
    expect(await decide(vault, vault.client, approval, APPROVE)).toBe("ok");
    expect(await decide(vault, vault.client, approval, APPROVE)).toBe("STATE_REFUSED");
    const ended = await reaches(vault, name, hasEnded);
    expect(ended.failure).toBeUndefined();
    expect(ended.state).toBe(Execution_State.FINAL);
    expect((await balancesOf(stack, friend)).eth).toBe(parseEther("2"));
  });

  test("fails when it has become worse than what the owner saw, or nobody decides", async () => {
    const friend = `0x${"f3".repeat(20)}` as const;
    const { vault, agent, friendId } = await giftVault(friend);
    const half = await ask(vault, agent.client, intentOf(gift(friendId, { shareBps: 5000 })));
    await reaches(vault, half, isWaiting);
    const approval = await waiting(vault);
    const { address } = vault.owner.smartAccount;
    await stack.chain.tools.setBalance({ address, value: parseEther("12") });
    expect(await decide(vault, vault.client, approval, Decision.APPROVE)).toBe("ok");
    const worse = await reaches(vault, half, hasEnded);
    expect(worse.failure).toMatchObject({ reason: ErrorReason.LIMIT_EXCEEDED });
    expect(worse.failure?.detail).toContain("worse");

    const soon = intentOf(gift(friendId, { ether: "2" }), Date.now() + 4_000);
    const name = await ask(vault, agent.client, soon);
    expect(isWaiting(await reaches(vault, name, isWaiting))).toBe(true);
    const late = await reaches(vault, name, hasEnded);
    expect(late.failure).toMatchObject({ reason: ErrorReason.DEADLINE_EXCEEDED });
    expect((await waiting(vault)).state).toBe(Approval_State.EXPIRED);
    expect((await balancesOf(stack, friend)).eth).toBe(0n);
  });
});

describe("a webhook", () => {
  const webhook = (url: string): Act => ({
    action: { case: "webhook", value: { url, message: "look here" } },
  });

  test("of a trigger arrives, signed, again after an error, with the same bytes", async () => {
    const { vault, agent } = await giftVault(`0x${"f4".repeat(20)}`);
    receiver.answers.push(500);
    await makeTrigger(
      vault,
      create(TriggerSchema, {
        displayName: "tell me",
        condition: {
          test: {
            case: "schedule",
            value: {
              schedule: { case: "once", value: { time: timestampFromMs(Date.now() + 3_000) } },
            },
          },
        },
        intent: intentOf(webhook(`https://${host}/metavault`)),
      }),
    );
    await expect.poll(() => receiver.requests.length, { timeout: 30_000 }).toBe(2);
    const [first, second] = receiver.requests;
    if (first === undefined || second === undefined) throw new Error("nothing came");
    expect(second.body).toEqual(first.body);
    const { identityKeyId: keyId } = await vault.client.certificate();
    const { vaultId } = vault.owner;
    for (const request of [first, second]) {
      const verified = await verifyWebhook(request, { vaultId, keyId, nowMs: Date.now() });
      expect(verified).toMatchObject({ ok: true, value: { message: "look here" } });
    }
    const { executions } = await vault.client.vault.listExecutions({ parent: vault.name });
    const execution = await reaches(vault, executions[0]?.name ?? "", hasEnded);
    expect(execution.state).toBe(Execution_State.FINAL);
    expect(execution.delivery).toMatchObject({ attemptCount: 2, lastStatus: 204 });
    expect(execution.delivery?.nextAttemptTime).toBeUndefined();

    for (const url of [`https://${host}/?key=1`, `https://me@${host}/`, "https://printer.local/"]) {
      const asked = ask(vault, agent.client, intentOf(webhook(url)));
      expect(await asked.then(() => "ok", reasonOf)).toBe("FIELD_INVALID");
    }
    const elsewhere = ask(vault, agent.client, intentOf(webhook("https://other.example/")));
    expect(await elsewhere.then(() => "ok", reasonOf)).toBe("POLICY_REFUSED");
    expect(receiver.requests).toHaveLength(2);
  });
});
