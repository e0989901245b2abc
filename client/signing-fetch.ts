/**
 * A `fetch` that signs every request with the caller's key and believes only answers that the
 * vault signed for that very request, errors too. Of a stream it hands on what is verified, as it
 * comes. Runs in browsers, Node and Workers.
 */
import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import {
  GetCertificateRequestSchema,
  GetCertificateResponseSchema,
} from "#gen/vault/v1/vault_messages";
import { VaultService } from "#gen/vault/v1/vault_service";
import { pathOf } from "#protocol/access";
import { certificateField } from "#protocol/certificate/certificate";
import type { VaultCertificate } from "#protocol/certificate/verify";
import { readBody, type WireRequest } from "#protocol/exchange";
import { vaultName } from "#protocol/names";
import {
  type VerifiedResponse,
  verifyResponse,
  type WholeResponse,
} from "#protocol/proof/response";
import { signRequest } from "#protocol/proof/sign";
import { signedFields } from "#protocol/proof/signed-fields";
import type { Signer } from "#protocol/proof/signer";
import { maxSilenceMs } from "#protocol/stream/terms";
import { createClock, type Exchange } from "./clock.ts";
import { claimIn, isOfTime } from "./refusal.ts";
import { asksForStream, isOpenAnswer, openedStream } from "./stream-answer.ts";
import { createTrust, type Pin, type TrustOptions } from "./trust.ts";
import { UntrustedResponseError } from "./untrusted-response.ts";
import { inTime, platformTimer, type Timer } from "./verified-stream.ts";

/** How calls are signed and answers checked. */
export type SigningOptions = TrustOptions & {
  /** The vault's CAIP-10 id. */
  readonly vaultId: string;
  readonly signer: Signer;
  /** The platform's `fetch` unless given. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The clock, in milliseconds since the epoch. A vault's signed answers correct it. */
  readonly now?: () => number;
  /** The platform's timer unless given. */
  readonly timer?: Timer;
  /** How long a stream may say nothing fresh: 65 seconds, two heartbeats and some, unless given. */
  readonly maxSilenceMs?: number;
};

/** A signing `fetch`, and whom it trusts. */
export type SigningFetch = {
  /** Throws an `UntrustedResponseError` for what is not provably the vault's. */
  readonly fetch: (request: WireRequest, signal?: AbortSignal) => Promise<Response>;
  /** The vault's identity key. `undefined` before the first certificate. */
  readonly identityKeyId: () => string | undefined;
  /** What the vault's certificate settled. `undefined` before the first. */
  readonly pin: () => Pin | undefined;
  /** Checks a certificate of this vault. Throws an `UntrustedResponseError`. */
  readonly checkCertificate: (jws: string) => Promise<VaultCertificate>;
};

/** An answer that somebody signed for its request. */
type Answer = VerifiedResponse &
  Exchange & {
    /** Without a body when it is a stream's. */
    readonly response: WholeResponse;
    /** The stream that it opens, and the request as it was signed. */
    readonly opened: { readonly request: WireRequest; readonly received: Response } | undefined;
  };

const maxAnswerBytes = 8 * 1_048_576;

/** Creates a signing `fetch` for one vault and one key. */
export function signingFetch(options: SigningOptions): SigningFetch {
  const { vaultId, signer } = options;
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  const timer = options.timer ?? platformTimer;
  const silenceMs = options.maxSilenceMs ?? maxSilenceMs;
  const clock = createClock(options.now ?? Date.now);
  const trust = createTrust(vaultId, options);

  const exchange = async (request: WireRequest, signal?: AbortSignal): Promise<Answer> => {
    const sentMs = clock.uncorrected();
    const signed = await signRequest(request, { signer, vaultId, nowMs: clock.now() });
    const isStream = asksForStream(signed);
    const soon = <T>(promise: Promise<T>) =>
      isStream ? inTime(promise, silenceMs, timer) : promise;
    const received = await soon(
      send(signed.url, {
        method: signed.method,
        headers: signed.headers,
        body: signed.body,
        redirect: "manual",
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    const { status, headers } = received;
    const isOpen = isStream && isOpenAnswer(headers);
    const body = isOpen ? undefined : await soon(readBody(received.body, maxAnswerBytes));
    if (body === undefined && !isOpen) {
      const claim = { status, reason: undefined, message: undefined };
      throw new UntrustedResponseError("response_altered", claim);
    }
    const receivedMs = clock.uncorrected();
    const response = { status, headers, body: body ?? new Uint8Array() };
    const verified = await verifyResponse(isOpen ? { ...response, body: undefined } : response, {
      requestHeaders: signed.headers,
      vaultId,
    });
    if (!verified.ok) throw new UntrustedResponseError(verified.error, claimIn(response));
    const opened = isOpen ? { request: signed, received } : undefined;
    return { ...verified.value, response, opened, sentMs, receivedMs };
  };

  /** Asks for the certificate. Who may not read the vault gets it with the refusal. */
  const fetchCertificate = async (origin: string, signal?: AbortSignal) => {
    const message = create(GetCertificateRequestSchema, { name: vaultName(vaultId) });
    const { response } = await exchange(
      {
        method: "POST",
        url: `${origin}${pathOf(VaultService.method.getCertificate)}`,
        headers: new Headers({
          "content-type": "application/json",
          "connect-protocol-version": "1",
        }),
        body: new Uint8Array(
          new TextEncoder().encode(toJsonString(GetCertificateRequestSchema, message)),
        ),
      },
      signal,
    );
    return response.headers.get(certificateField) ?? certificateIn(response);
  };

  const checkCertificate = async (jws: string, claim?: WholeResponse) => {
    const learned = await trust.learn(jws, clock.now());
    if (learned.ok) return learned.value;
    throw new UntrustedResponseError(learned.error, claim && claimIn(claim));
  };

  const checkSigner = async (
    answer: Answer,
    wasUnknown: boolean,
    url: string,
    signal?: AbortSignal,
  ) => {
    const { keyId, response } = answer;
    if (keyId === trust.identityKeyId()) return;
    // A vault that nobody has claimed has no key yet, and can do nothing but refuse.
    if (wasUnknown && response.status >= 400 && trust.attests(keyId)) return;
    const foreign = new UntrustedResponseError("response_foreign", claimIn(response));
    if (!trust.canLearn) throw foreign;
    const offered = response.headers.get(certificateField);
    const jws = offered ?? (await fetchCertificate(new URL(url).origin, signal));
    if (jws === undefined) throw foreign;
    await checkCertificate(jws, response);
    if (keyId !== trust.identityKeyId()) throw foreign;
  };

  const call = async (request: WireRequest, signal?: AbortSignal): Promise<Answer> => {
    const wasUnknown = trust.identityKeyId() === undefined;
    const answer = await exchange(request, signal);
    await checkSigner(answer, wasUnknown, request.url, signal);
    return answer;
  };

  return {
    identityKeyId: trust.identityKeyId,
    pin: trust.pin,
    checkCertificate: (jws) => checkCertificate(jws),
    async fetch(request, signal) {
      const first = await call(request, signal);
      // Made again once, by the vault's own clock. Somebody may have delivered the call and brought
      // back the refusal of a copy: then its request id makes the repeat harmless.
      const again = isOfTime(first.response) && clock.correct(first);
      const { response, opened, keyId, sentMs } = again ? await call(request, signal) : first;
      if (opened !== undefined) {
        const terms = { keyId, sentMs, maxSilenceMs: silenceMs, now: clock.uncorrected, timer };
        return openedStream(opened.request, opened.received, { ...terms, signal });
      }
      const { status, body, headers } = response;
      return new Response(body, { status, headers: signedFields(headers) });
    },
  };
}

function certificateIn({ status, body }: WholeResponse): string | undefined {
  if (status !== 200) return undefined;
  try {
    return fromJsonString(GetCertificateResponseSchema, new TextDecoder().decode(body)).certificate;
  } catch {
    return undefined;
  }
}
