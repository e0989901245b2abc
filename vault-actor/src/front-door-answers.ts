/** What the front door answers by itself: refusals, and the form of every response. Pure. */
import type { ConnectError } from "@connectrpc/connect";
import { toConnectError } from "#protocol/errors";
import type { WireResponse } from "#protocol/exchange";
import type { Failure, Reason } from "#protocol/failure";
import { reject } from "#protocol/reject";
import { err } from "#protocol/result";
import { maxBodyBytes } from "#protocol/serve";

/** What is answered, and how the call went. */
export type Answer = { readonly response: WireResponse; readonly outcome: Reason | "ok" };

/** The answer of a refusal. */
export function refusal(contentType: string | null, failure: Failure): Answer {
  return { response: reject(contentType, vaultError(failure)), outcome: failure.reason };
}

/** The body is too large. */
export const tooLarge: Failure = {
  reason: "BODY_TOO_LARGE",
  detail: "the body exceeds the limit",
  metadata: { max_bytes: String(maxBodyBytes) },
};

/** The change stands, and the notary does not hold it yet. */
export const unnoted: Failure = {
  reason: "UNAVAILABLE",
  detail: "the vault's notary does not answer",
  metadata: {},
  retryAfterMs: 1000,
};

/** The response of an answer, which nobody on the way may keep or change. */
export function toResponse(response: WireResponse): Response {
  const headers = new Headers(response.headers);
  headers.set("cache-control", "no-store, no-transform");
  return new Response(response.body, { status: response.status, headers });
}

/** The error of a refusal. */
function vaultError(failure: Failure): ConnectError {
  return toConnectError(failure, "VAULT");
}

/** A refusal. */
export function failure(reason: Reason, detail: string, metadata: Record<string, string>): Failure {
  return { reason, detail, metadata };
}

/** A refusal as a result. */
export function failed(reason: Reason, detail: string, metadata: Record<string, string>) {
  return err(failure(reason, detail, metadata));
}
