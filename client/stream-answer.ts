/** Tells a stream's answer from a whole one, and opens it. */
import { VaultService } from "#gen/vault/v1/vault_service";
import { pathOf } from "#protocol/access";
import type { WireRequest } from "#protocol/exchange";
import { findCandidate } from "#protocol/proof/candidate";
import { requestTag } from "#protocol/proof/coverage";
import { responseTag } from "#protocol/proof/response";
import { followStream, type Opening } from "#protocol/stream/follower";
import { type StreamCheck, verifiedStream } from "./verified-stream.ts";

const streamPath = pathOf(VaultService.method.watchVault);

/** Whether a request asks for a stream. */
export function asksForStream(request: WireRequest): boolean {
  return new URL(request.url).pathname === streamPath;
}

/** Whether an answer says that its body is open: signed, but without a digest. */
export function isOpenAnswer(headers: Headers): boolean {
  const found = findCandidate(headers, responseTag);
  return found.ok && !found.value.components.has("content-digest");
}

/** The stream behind an answer whose head is verified. Only what is signed comes through. */
export function openedStream(
  request: WireRequest,
  { status, headers, body }: Response,
  opening: Omit<Opening, "requestSignature"> & Pick<StreamCheck, "now" | "timer" | "signal">,
): Response {
  const proof = findCandidate(request.headers, requestTag);
  if (!proof.ok) throw new TypeError("the request carries no proof");
  const contentType = headers.get("content-type") ?? "";
  const follower = followStream({ ...opening, requestSignature: proof.value.signature });
  const { now, timer, signal } = opening;
  const source = body ?? new ReadableStream<Uint8Array>({ start: (c) => c.close() });
  return new Response(verifiedStream(source, { contentType, follower, now, timer, signal }), {
    status,
    headers: { "content-type": contentType },
  });
}
