/**
 * Takes a request in before any object is woken: its head, its size, its proof.
 *
 * Holds no state. What it lets through has proved nothing to a vault yet, which checks it all
 * again; what it refuses is refused in the caller's own protocol.
 */
import { type Enforcer, toConnectError } from "./errors.ts";
import { readBody, type WireRequest } from "./exchange.ts";
import type { Failure } from "./failure.ts";
import { refuse } from "./failure.ts";
import { findCandidate } from "./proof/candidate.ts";
import { requestTag } from "./proof/coverage.ts";
import type { ProofFailure } from "./proof/failure.ts";
import {
  type KeyVerdict,
  type VerifiedRequest,
  type VerifyOptions,
  verifyRequest,
} from "./proof/verify.ts";
import { reject } from "./reject.ts";
import { ok, type Result } from "./result.ts";
import { type Screened, screen } from "./screen.ts";
import { maxBodyBytes } from "./serve.ts";

/** A request that may go on. */
export type Received<Route> = {
  readonly route: Route;
  /** The same request, its body in one piece and unchanged. */
  readonly onward: Request;
  /** The caller's proof; absent where the method asks for none. */
  readonly proof: VerifiedRequest | undefined;
};

type Verifier = {
  readonly origins: ReadonlySet<string>;
  readonly nowMs: number;
  /** Asks the receiver's own register about a key. Absent: any key may sign. */
  readonly lookup?: (keyId: string) => KeyVerdict;
};

/** Takes a request to one of `routes` in, or says why it goes no further. */
export async function receive<Route extends Screened>(
  request: Request,
  routes: ReadonlyMap<string, Route>,
  verifier: Verifier,
): Promise<Result<Received<Route>, Failure>> {
  const route = screen(request, routes);
  if (!route.ok) return route;
  if (request.method === "GET")
    return ok({ route: route.value, onward: read(request), proof: undefined });
  const body = await readBody(request.body, maxBodyBytes);
  if (body === undefined) {
    const metadata = { max_bytes: String(maxBodyBytes) };
    return refuse("BODY_TOO_LARGE", "the body exceeds the limit", metadata);
  }
  const { method, url, headers } = request;
  const onward = new Request(url, { method: "POST", headers, body });
  const { audience } = route.value;
  if (audience === undefined) return ok({ route: route.value, onward, proof: undefined });
  const verify = audience === "vault" ? verifyAtAnyTime : verifyRequest;
  const proof = await verify({ method, url, headers, body }, { ...verifier, audience });
  if (proof.ok) return ok({ route: route.value, onward, proof: proof.value });
  return refuse("PROOF_REJECTED", "the caller proof does not hold", { proof: proof.error });
}

/** A read by GET: its question is all in its URL, and no type of a body belongs to it. */
function read({ url, headers }: Request): Request {
  const kept = new Headers(headers);
  kept.delete("content-type");
  return new Request(url, { method: "GET", headers: kept });
}

/**
 * Verifies a proof but for its time: the vault refuses what is early or late itself, because only
 * an answer under its signature may tell a caller that its clock is wrong.
 */
async function verifyAtAnyTime(request: WireRequest, verifier: VerifyOptions) {
  const proof = await verifyRequest(request, verifier);
  if (proof.ok || !isOfTime(proof.error)) return proof;
  const candidate = findCandidate(request.headers, requestTag);
  if (!candidate.ok) return candidate;
  return verifyRequest(request, { ...verifier, nowMs: candidate.value.created * 1000 });
}

function isOfTime(failure: ProofFailure): boolean {
  return failure === "request_expired" || failure === "request_not_yet_valid";
}

/** Answers a request that goes no further. */
export function turnAway(request: Request, failure: Failure, enforcer: Enforcer): Response {
  const contentType = request.method === "GET" ? null : request.headers.get("content-type");
  const { status, headers, body } = reject(contentType, toConnectError(failure, enforcer));
  headers.set("cache-control", "no-store, no-transform");
  return new Response(body, { status, headers });
}
