/** The attacks of the demo: each is refused where it should be, and says where. */
import {
  SimulateIntentRequestSchema,
  SubmitIntentRequestSchema,
} from "#gen/vault/v1/execution_messages";
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { generateP256Signer } from "#protocol/proof/signer";
import { type Refusal, refusalOf, send, signedCall } from "../scenario/raw-call.ts";
import { abuseSessionKey } from "../scenario/session-abuse.ts";
import { type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
import { waitForEnd } from "../scenario/world-change.ts";
import type { Attack } from "./report.ts";

const service = "metavault.vault.v1.VaultService";

/** Where an attack must end. */
type Expected = { readonly refusedBy: string; readonly reason: string; readonly fact?: string };

/** Runs every attack on a vault that has just protected its owner's money. */
export async function runAttacks(vault: LiveVault): Promise<Attack[]> {
  const { stack, owner, signer, name } = vault;
  const by = { signer, vaultId: owner.vaultId };
  const hostile = `http://127.0.0.1:${stack.ports.direct}`;
  const intent = swapIntent(stack, { ether: "7" });
  const submit = () => ({ parent: name, requestId: requestId(), intent });

  const tampered = await signedCall(
    stack,
    `${service}/SubmitIntent`,
    SubmitIntentRequestSchema,
    submit(),
    by,
  );
  const altered = new TextDecoder()
    .decode(tampered.body)
    .replace("7000000000000000000", "1000000000000000000");
  const tamperedBody = new Uint8Array(new TextEncoder().encode(altered));

  const replayed = await signedCall(
    stack,
    `${service}/SubmitIntent`,
    SubmitIntentRequestSchema,
    {
      ...submit(),
      intent: swapIntent(stack, { ether: "0.1" }),
    },
    by,
  );
  const first = await send(replayed);
  if (!first.ok) throw new Error(`the call that is replayed was refused: ${await first.text()}`);
  // Carried out before it is replayed, so that what moves later can only be an attack's doing.
  const { execution } = (await first.json()) as { execution: { name: string } };
  await waitForEnd(vault, execution.name);

  const stranger = { signer: await generateP256Signer(), vaultId: owner.vaultId };
  const unknown = await signedCall(
    stack,
    `${service}/GetVault`,
    GetVaultRequestSchema,
    { name },
    stranger,
  );

  const viaHostile = async (attack: string, digestOnly = false) => {
    const message = { parent: name, intent: swapIntent(stack, { ether: "0.1" }) };
    const request = await signedCall(
      stack,
      `${service}/SimulateIntent`,
      SimulateIntentRequestSchema,
      message,
      by,
    );
    request.headers.set("x-attack", attack);
    if (digestOnly) request.headers.set("x-other-vault", owner.vaultId);
    return refusalOf(await send(request, hostile));
  };
  const overLimit = await signedCall(
    stack,
    `${service}/SubmitIntent`,
    SubmitIntentRequestSchema,
    submit(),
    by,
  );

  return [
    judge("a tampered body", await refusalOf(await send({ ...tampered, body: tamperedBody })), {
      refusedBy: "gateway",
      reason: "PROOF_REJECTED",
      fact: "bad_content_digest",
    }),
    judge("a replayed request", await refusalOf(await send(replayed)), {
      refusedBy: "vault",
      reason: "PROOF_REJECTED",
      fact: "nonce_reused",
    }),
    judge("an unknown key", await refusalOf(await send(unknown)), {
      refusedBy: "vault",
      reason: "PROOF_REJECTED",
      fact: "unknown_key",
    }),
    judge("a hostile gateway alters the body", await viaHostile("body"), {
      refusedBy: "vault",
      reason: "PROOF_REJECTED",
      fact: "bad_content_digest",
    }),
    judge("a hostile gateway alters body and digest", await viaHostile("digest"), {
      refusedBy: "vault",
      reason: "PROOF_REJECTED",
      fact: "bad_signature",
    }),
    judge("a hostile gateway turns a question into an order", await viaHostile("method"), {
      refusedBy: "vault",
      reason: "PROOF_REJECTED",
      fact: "bad_signature",
    }),
    judge("an intent over the limit", await refusalOf(await send(overLimit)), {
      refusedBy: "vault",
      reason: "LIMIT_EXCEEDED",
    }),
    await sessionKeyAttack(vault),
  ];
}

async function sessionKeyAttack(vault: LiveVault): Promise<Attack> {
  const { reason, landed, moved } = await abuseSessionKey(vault);
  return {
    name: "a session key's signature, straight to the chain, for a forbidden target",
    refusedBy: "chain",
    reason,
    ok: landed && !moved && reason === "AllowedTargetsEnforcer:target-address-not-allowed",
  };
}

function judge(name: string, refusal: Refusal, expected: Expected): Attack {
  const fact = refusal.metadata.proof ?? refusal.metadata.limit;
  const ok =
    refusal.refusedBy === expected.refusedBy &&
    refusal.reason === expected.reason &&
    (expected.fact === undefined || fact === expected.fact);
  const reason = fact === undefined ? refusal.reason : `${refusal.reason}: ${fact}`;
  return { name, refusedBy: refusal.refusedBy, reason, ok };
}
