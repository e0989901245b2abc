/**
 * Takes a request in, screens it, and passes its bytes on untouched.
 *
 * Holds no state of a vault and no secret. The signature is checked here to keep floods off
 * the vaults; a vault checks everything again and trusts nothing that comes from here.
 */
import type { Enforcer } from "#protocol/errors";
import { toConnectError } from "#protocol/errors";
import { readBody } from "#protocol/exchange";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { verifyRequest } from "#protocol/proof/verify";
import { reject } from "#protocol/reject";
import { ok, type Result } from "#protocol/result";
import { screen } from "#protocol/screen";
import { maxBodyBytes, maxTimeoutMs } from "#protocol/serve";
import { type Route, routes } from "./routes.ts";

/** What dispatching needs. */
export type DispatchDeps = {
  readonly origins: ReadonlySet<string>;
  readonly vault: (vaultId: string, request: Request) => Promise<Response>;
  readonly signals: (request: Request) => Promise<Response>;
  /** Counts a call of `who`; false when there are too many. */
  readonly admit: (who: string) => Promise<boolean>;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly after: (ms: number) => Promise<void>;
  readonly onFault: (fault: unknown) => void;
};

/** Answers a request. Never throws. */
export async function dispatch(deps: DispatchDeps, request: Request): Promise<Response> {
  const answer = await answerOf(deps, request).catch((fault: unknown) => {
    deps.onFault(fault);
    return refuse("UNAVAILABLE", "a part of the system does not answer");
  });
  if (answer.ok) return answer.value;
  return refusal(request, answer.error, "GATEWAY");
}

async function answerOf(deps: DispatchDeps, request: Request): Promise<Result<Response, Failure>> {
  const route = screen(request, routes);
  if (!route.ok) return route;
  const body = await readBody(request.body, maxBodyBytes);
  if (body === undefined) {
    const metadata = { max_bytes: String(maxBodyBytes) };
    return refuse("BODY_TOO_LARGE", "the body exceeds the limit", metadata);
  }
  const caller = await callerOf(deps, route.value, request, body);
  if (!caller.ok) return caller;
  if (!(await deps.admit(caller.value.who))) {
    return refuse("RATE_LIMITED", "too many calls", { limit: "gateway" });
  }
  const onward = new Request(request.url, { method: "POST", headers: request.headers, body });
  const sent =
    route.value.target === "signals"
      ? deps.signals(onward)
      : deps.vault(caller.value.vaultId, onward);
  // A stream lives as long as its lease; a single answer has a limit.
  if (route.value.streams) return ok(await sent);
  const inTime = await Promise.race([sent, deps.after(maxTimeoutMs)]);
  if (inTime !== undefined) return ok(inTime);
  return refuse("DEADLINE_EXCEEDED", "the call took too long", { max_ms: String(maxTimeoutMs) });
}

type Caller = { readonly who: string; readonly vaultId: string };

async function callerOf(
  deps: DispatchDeps,
  route: Route,
  request: Request,
  body: Uint8Array<ArrayBuffer>,
): Promise<Result<Caller, Failure>> {
  if (route.target === "signals") {
    return ok({ who: `ip:${request.headers.get("cf-connecting-ip") ?? ""}`, vaultId: "" });
  }
  const { method, url, headers } = request;
  const proof = await verifyRequest(
    { method, url, headers, body },
    { origins: deps.origins, nowMs: deps.now() },
  );
  if (proof.ok) return ok({ who: `key:${proof.value.keyId}`, vaultId: proof.value.vaultId });
  return refuse("PROOF_REJECTED", "the caller proof does not hold", { proof: proof.error });
}

function refusal(request: Request, failure: Failure, enforcer: Enforcer): Response {
  const contentType = request.headers.get("content-type");
  const { status, headers, body } = reject(contentType, toConnectError(failure, enforcer));
  headers.set("cache-control", "no-store, no-transform");
  return new Response(body, { status, headers });
}
