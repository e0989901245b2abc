/**
 * A `fetch` that signs every request with the caller's key and believes only answers that the
 * vault signed for that very request. Runs in browsers, Node and Workers.
 */
import { readBody, type WireRequest } from "#protocol/exchange";
import { verifyResponse } from "#protocol/proof/response";
import { signRequest } from "#protocol/proof/sign";
import type { Signer } from "#protocol/proof/signer";
import { UntrustedResponseError } from "./untrusted-response.ts";

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
  let pinned = options.identityKeyId;

  return {
    identityKeyId: () => pinned,
    async fetch(request, signal) {
      const { vaultId, signer } = options;
      const signed = await signRequest(request, { signer, vaultId, nowMs: now() });
      const response = await send(signed.url, {
        method: signed.method,
        headers: signed.headers,
        body: signed.body,
        redirect: "manual",
        ...(signal === undefined ? {} : { signal }),
      });
      const body = await readBody(response.body, maxAnswerBytes);
      if (body === undefined) throw new UntrustedResponseError("response_altered");
      const { status, headers } = response;
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
      else if (verified.error !== "response_unsigned" || response.ok) {
        throw new UntrustedResponseError(verified.error);
      }
      return new Response(body, { status, headers });
    },
  };
}
