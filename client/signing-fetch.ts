/**
 * A `fetch` that signs every request with the caller's key and believes only answers that the
 * vault signed for that very request. Of a stream it hands on what is verified, as it comes. Runs
 * in browsers, Node and Workers.
 */
import { readBody, type WireRequest } from "#protocol/exchange";
import { verifyResponse } from "#protocol/proof/response";
import { signRequest } from "#protocol/proof/sign";
import type { Signer } from "#protocol/proof/signer";
import { isRefusal } from "#protocol/stream/frame";
import { maxSilenceMs } from "#protocol/stream/terms";
import { asksForStream, isOpenAnswer, openedStream } from "./stream-answer.ts";
import { UntrustedResponseError } from "./untrusted-response.ts";
import { inTime, platformTimer, type Timer } from "./verified-stream.ts";

/** How calls are signed and answers checked. */
export type SigningOptions = {
  /** The vault's CAIP-10 id. */
  readonly vaultId: string;
  readonly signer: Signer;
  /**
   * The vault's identity key, as `Vault.identity_key_id` tells it. Without it the first signed
   * answer is believed and pins the key: pass the pinned key when it is known.
   */
  readonly identityKeyId?: string;
  /** The platform's `fetch` unless given. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** The platform's timer unless given. */
  readonly timer?: Timer;
  /** How long a stream may say nothing fresh: 65 seconds, two heartbeats and some, unless given. */
  readonly maxSilenceMs?: number;
};

/** A signing `fetch`, and the identity key that it trusts. */
export type SigningFetch = {
  readonly fetch: (request: WireRequest, signal?: AbortSignal) => Promise<Response>;
  /** The pinned identity key. `undefined` before the first answer. */
  readonly identityKeyId: () => string | undefined;
};

const maxAnswerBytes = 8 * 1_048_576;

/** Creates a signing `fetch` for one vault and one key. */
export function signingFetch(options: SigningOptions): SigningFetch {
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  const now = options.now ?? Date.now;
  const timer = options.timer ?? platformTimer;
  const silenceMs = options.maxSilenceMs ?? maxSilenceMs;
  let pinned = options.identityKeyId;

  return {
    identityKeyId: () => pinned,
    async fetch(request, signal) {
      const { vaultId, signer } = options;
      const signed = await signRequest(request, { signer, vaultId, nowMs: now() });
      const sentMs = now();
      const isStream = asksForStream(signed);
      const soon = isStream
        ? <T>(promise: Promise<T>) => inTime(promise, silenceMs, timer)
        : <T>(promise: Promise<T>) => promise;
      const sent = send(signed.url, {
        method: signed.method,
        headers: signed.headers,
        body: signed.body,
        redirect: "manual",
        ...(signal === undefined ? {} : { signal }),
      });
      const response = await soon(sent);
      const { status, headers } = response;
      const isOpen = isStream && isOpenAnswer(headers);
      const body = isOpen ? undefined : await soon(readBody(response.body, maxAnswerBytes));
      if (body === undefined && !isOpen) throw new UntrustedResponseError("response_altered");
      const verified = await verifyResponse(
        { status, headers, body },
        {
          requestHeaders: signed.headers,
          vaultId,
          ...(pinned === undefined ? {} : { keyId: pinned }),
        },
      );
      if (verified.ok) pinned ??= verified.value.keyId;
      // What the gateway refuses never reached the vault, which so could not sign it. A forged
      // refusal can deny service, as any gateway can; it can't pass for an answer.
      else if (verified.error !== "response_unsigned" || !refuses(response, body)) {
        throw new UntrustedResponseError(verified.error);
      }
      if (isOpen && verified.ok) {
        const { keyId } = verified.value;
        const opening = { keyId, sentMs, maxSilenceMs: silenceMs, now, timer, signal };
        return openedStream(signed, response, opening);
      }
      return new Response(body, { status, headers });
    },
  };
}

/** Whether an answer refuses the call, by its status or, in a stream's form, by its one frame. */
function refuses(response: Response, body: Uint8Array | undefined): boolean {
  if (!response.ok) return true;
  return body !== undefined && isRefusal(body, response.headers.get("content-type") ?? "");
}
