/**
 * Verifies a webhook, for who receives it. Runs anywhere that has WebCrypto.
 *
 * The receiver says which vault it expects and under which identity key; what the request says
 * of itself selects nothing. It keeps the ids that it has seen: a webhook comes again when the
 * answer to it was lost.
 */
import { serializeInnerList } from "structured-headers";
import type { WireRequest } from "../exchange.ts";
import { checkSignature } from "../proof/algorithm.ts";
import { findCandidate } from "../proof/candidate.ts";
import { contentDigest } from "../proof/digest.ts";
import { algorithmNames } from "../proof/key-id.ts";
import { signatureBase } from "../proof/signature-base.ts";
import { err, ok, type Result } from "../result.ts";
import { type Webhook, webhookComponents, webhookTag, webhookType } from "./webhook.ts";

/** Why a webhook is not trusted. */
export type WebhookFailure =
  /** It has no signature with the tag, or one that can't be read. */
  | "webhook_unsigned"
  /** It is of another vault or key. */
  | "webhook_foreign"
  /** It does not cover what it must. */
  | "webhook_uncovered"
  /** It was signed too long ago, or ahead of the receiver's clock. */
  | "webhook_stale"
  /** The signature or the digest does not hold, or the body is not what it should be. */
  | "webhook_altered";

/** What the receiver expects. */
export type Expected = {
  /** The vault's CAIP-10 id. */
  readonly vaultId: string;
  /** The vault's identity key: `ed25519:…`, from its certificate. */
  readonly keyId: string;
  readonly nowMs: number;
  /** How far the time of signing may be from now, in seconds. 300 unless given. */
  readonly maxAgeSeconds?: number;
};

/**
 * Verifies a webhook. `request.url` is the address under which the receiver is known to the
 * vault, which is not what a proxy in between calls it.
 */
export async function verifyWebhook(
  request: WireRequest,
  expected: Expected,
): Promise<Result<Webhook, WebhookFailure>> {
  const { headers, body, method } = request;
  const found = findCandidate(headers, webhookTag);
  if (!found.ok) return err("webhook_unsigned");
  const { keyId, list, signature, created, nonce, alg } = found.value;
  if (keyId !== expected.keyId || !keyId.startsWith("ed25519:")) return err("webhook_foreign");
  if (alg !== undefined && alg !== algorithmNames.ed25519) return err("webhook_foreign");
  if (headers.get("metavault-id") !== expected.vaultId) return err("webhook_foreign");
  const covered = webhookComponents.map(
    (name) => [name, new Map()] as [string, Map<string, never>],
  );
  if (serializeInnerList(list) !== serializeInnerList([covered, list[1]])) {
    return err("webhook_uncovered");
  }
  const awayMs = Math.abs(expected.nowMs - created * 1000);
  if (awayMs > (expected.maxAgeSeconds ?? 300) * 1000) return err("webhook_stale");
  const isPlain = method === "POST" && headers.get("content-type") === webhookType;
  if (!isPlain || headers.get("content-digest") !== (await contentDigest(body))) {
    return err("webhook_altered");
  }
  const base = signatureBase({ method, url: new URL(request.url), headers }, list);
  if (base === undefined || !(await checkSignature(keyId, signature, base))) {
    return err("webhook_altered");
  }
  const webhook = parse(body);
  const isSame = webhook?.id === nonce && webhook?.vault === expected.vaultId;
  return webhook !== undefined && isSame ? ok(webhook) : err("webhook_altered");
}

function parse(body: Uint8Array): Webhook | undefined {
  try {
    const value = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body),
    ) as unknown;
    return typeof value === "object" && value !== null ? (value as Webhook) : undefined;
  } catch {
    return undefined;
  }
}
