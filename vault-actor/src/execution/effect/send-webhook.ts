/** Makes one attempt to deliver a webhook. */
import type { Signer } from "#protocol/proof/signer";
import { signWebhook, type Unsigned } from "#protocol/webhook/sign";
import type { FetchRpc } from "../../account/node.ts";

/** How long a receiver may take, in milliseconds. */
const deadlineMs = 10_000;

/**
 * Posts a webhook. Returns the status of the answer; 0 without one. Follows no redirect and reads
 * nothing of the answer's body: what a receiver says can't reach anything.
 */
export async function sendWebhook(
  fetch: FetchRpc,
  webhook: Unsigned,
  signer: Signer,
  nowMs: number,
): Promise<number> {
  const headers = await signWebhook(webhook, signer, nowMs);
  const late = new AbortController();
  // Cleared when the attempt ends: a timer that is left keeps the object awake.
  const timer = setTimeout(() => late.abort(), deadlineMs);
  try {
    const response = await fetch(webhook.url, {
      method: "POST",
      headers,
      body: webhook.body,
      redirect: "manual",
      signal: late.signal,
    });
    await response.body?.cancel().catch(() => undefined);
    return response.status;
  } catch {
    return 0;
  } finally {
    clearTimeout(timer);
  }
}
