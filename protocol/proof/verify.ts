/**
 * Verifies the caller proof of a request: RFC 9421 with RFC 9530, profile `metavault-v1`.
 *
 * Needs no state: the key id carries the key. A vault passes `lookup`, so that its own
 * register decides which keys count; consuming the nonce is its business too, later, in the
 * transaction that makes the change. Never throws on hostile input.
 */

import type { WireRequest } from "../exchange.ts";
import { err, ok, type Result } from "../result.ts";
import { checkSignature } from "./algorithm.ts";
import { type Audience, isAudience } from "./audience.ts";
import { type Candidate, findCandidate } from "./candidate.ts";
import { requestTag, requiredComponents, viewFields } from "./coverage.ts";
import { contentDigest } from "./digest.ts";
import type { ProofFailure } from "./failure.ts";
import { algorithmNames, parseKeyId } from "./key-id.ts";
import { signatureBase } from "./signature-base.ts";
import { isPlainTarget, parseTarget } from "./target.ts";

/** What a verifier knows. */
export type VerifyOptions = {
  /** The vault that is called. Absent: any well-formed one. */
  readonly vaultId?: string;
  /** Whom the proof must be made for. A vault unless given. */
  readonly audience?: Audience;
  /** The public origins of the API, as `https://host[:port]`. */
  readonly origins: ReadonlySet<string>;
  readonly nowMs: number;
  /** Nothing signed before this counts. */
  readonly floorMs?: number;
  /** Asks the register about a key: why it is not accepted, or its limit on validity. */
  readonly lookup?: (keyId: string) => KeyVerdict;
};

/** What a register says of a key. */
export type KeyVerdict =
  | {
      readonly accepted: true;
      readonly maxProofSeconds: number;
      /** When the key's grant starts: a proof made before is not of the grant. */
      readonly startMs?: number;
    }
  | { readonly accepted: false; readonly failure: ProofFailure };

/** A request whose proof holds. */
export type VerifiedRequest = {
  readonly keyId: string;
  readonly nonce: string;
  /** Until when the nonce must be remembered: no verifier takes the proof after. */
  readonly nonceUntilMs: number;
  /** What `Metavault-Id` names: the vault, or the service. */
  readonly vaultId: string;
  /** The body's digest, as the caller signed it (RFC 9530). */
  readonly contentDigest: string;
  /** The proof's signature, which answers are bound to. */
  readonly signature: Uint8Array<ArrayBuffer>;
  /** The bytes that were signed: what anybody can check the signature against later. */
  readonly base: Uint8Array<ArrayBuffer>;
  /** The request as the caller signed it: fields that are not covered are gone. */
  readonly view: WireRequest;
};

/** How far clocks may be apart, in seconds. */
export const skewSeconds = 30;

/** How long a proof may be valid when its key does not say, in seconds. */
export const defaultMaxProofSeconds = 60;

/** How long any proof may be valid, in seconds. */
const absoluteMaxProofSeconds = 300;

/** Verifies a request. The checks run from the cheapest on; a signature is checked last. */
export async function verifyRequest(
  request: WireRequest,
  options: VerifyOptions,
): Promise<Result<VerifiedRequest, ProofFailure>> {
  const found = findCandidate(request.headers, requestTag);
  if (!found.ok) return found;
  const candidate = found.value;
  const url = parseTarget(request.url);
  if (url === undefined) return err("bad_path");
  const failure =
    checkParameters(candidate, options.nowMs) ?? checkTarget(request, url, candidate, options);
  if (failure !== undefined) return err(failure);
  const { nonce, expires } = candidate;
  if (expires === undefined) return err("invalid_time");
  if (nonce === undefined) return err("nonce_required");
  const digest = await contentDigest(request.body);
  if (request.headers.get("content-digest") !== digest) {
    return err("bad_content_digest");
  }
  const verdict = options.lookup?.(candidate.keyId);
  const refused = checkKey(candidate, expires, verdict, options.floorMs);
  if (refused !== undefined) return err(refused);
  if (!namesItsAlgorithm(candidate)) return err("unsupported_algorithm");
  const base = signatureBase(
    { method: request.method, url, headers: request.headers },
    candidate.list,
  );
  if (base === undefined) return err("signature_input_invalid");
  if (!(await checkSignature(candidate.keyId, candidate.signature, base))) {
    return err("bad_signature");
  }
  return ok({
    keyId: candidate.keyId,
    nonce,
    nonceUntilMs: (expires + skewSeconds + 1) * 1000,
    vaultId: request.headers.get("metavault-id") ?? "",
    contentDigest: digest,
    signature: candidate.signature,
    base,
    view: viewOf(request, candidate),
  });
}

function checkParameters(candidate: Candidate, nowMs: number): ProofFailure | undefined {
  const { created, expires, nonce, keyId } = candidate;
  if (expires === undefined || expires <= created) return "invalid_time";
  if (expires - created > absoluteMaxProofSeconds) return "request_validity_too_long";
  const now = nowMs / 1000;
  if (now < created - skewSeconds) return "request_not_yet_valid";
  if (now > expires + skewSeconds) return "request_expired";
  if (nonce === undefined) return "nonce_required";
  if (!/^[A-Za-z0-9_-]{22,86}$/.test(nonce)) return "invalid_nonce";
  return parseKeyId(keyId) === undefined ? "invalid_keyid" : undefined;
}

function checkTarget(
  request: WireRequest,
  url: URL,
  candidate: Candidate,
  options: VerifyOptions,
): ProofFailure | undefined {
  for (const component of requiredComponents) {
    if (!candidate.components.has(component)) return "insufficient_coverage";
  }
  if (!options.origins.has(url.origin)) return "audience_mismatch";
  if (request.method !== "POST") return "bad_method";
  if (!isPlainTarget(request.url, url)) return "bad_path";
  const vaultId = request.headers.get("metavault-id");
  if (!isAudience(vaultId, options.audience ?? "vault")) return "wrong_vault";
  const expected = options.vaultId;
  return expected !== undefined && vaultId !== expected ? "wrong_vault" : undefined;
}

function checkKey(
  candidate: Candidate,
  expires: number,
  verdict: KeyVerdict | undefined,
  floorMs: number | undefined,
): ProofFailure | undefined {
  if (verdict?.accepted === false) return verdict.failure;
  const max = verdict?.maxProofSeconds ?? absoluteMaxProofSeconds;
  if (expires - candidate.created > max) return "request_validity_too_long";
  const { created } = candidate;
  // A clock that is behind must not shut out a key that was granted just now.
  if ((created + skewSeconds) * 1000 < (verdict?.startMs ?? 0)) return "key_not_started";
  const early = floorMs !== undefined && created * 1000 < floorMs;
  return early ? "request_before_floor" : undefined;
}

/** Whether the sender's `alg`, if there is one, is that of the key's kind. Selects nothing. */
function namesItsAlgorithm({ alg, keyId }: Candidate): boolean {
  const kind = parseKeyId(keyId)?.kind;
  return alg === undefined || (kind !== undefined && alg === algorithmNames[kind]);
}

/** Builds the request anew from what the caller signed and a vault reads. */
function viewOf(request: WireRequest, candidate: Candidate): WireRequest {
  const headers = new Headers();
  for (const name of candidate.components) {
    const value = viewFields.has(name) ? request.headers.get(name) : null;
    if (value !== null) headers.set(name, value);
  }
  const { origin, pathname, search } = new URL(request.url);
  const target = `${origin}${pathname}${search}`;
  return { method: request.method, url: target, headers, body: request.body };
}
