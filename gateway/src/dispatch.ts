/**
 * Takes a request in, screens it, and passes its bytes on untouched.
 *
 * Holds no state of a vault and no secret. The signature is checked here to keep floods off
 * the vaults; a vault checks everything again and trusts nothing that comes from here.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { receive, turnAway } from "#protocol/receive";
import { ok, type Result } from "#protocol/result";
import { maxTimeoutMs } from "#protocol/serve";
import { routes } from "./routes.ts";

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
  return answer.ok ? answer.value : turnAway(request, answer.error, "GATEWAY");
}

async function answerOf(deps: DispatchDeps, request: Request): Promise<Result<Response, Failure>> {
  const verifier = { origins: deps.origins, nowMs: deps.now() };
  const received = await receive(request, routes, verifier);
  if (!received.ok) return received;
  const { route, onward, proof } = received.value;
  const who =
    proof === undefined
      ? `ip:${request.headers.get("cf-connecting-ip") ?? ""}`
      : `key:${proof.keyId}`;
  if (!(await deps.admit(who))) {
    return refuse("RATE_LIMITED", "too many calls", { limit: "gateway" });
  }
  const isVaults = route.audience === "vault" && proof !== undefined;
  const sent = isVaults ? deps.vault(proof.vaultId, onward) : deps.signals(onward);
  // A stream lives as long as its lease; a single answer has a limit.
  if (route.streams) return ok(await sent);
  const inTime = await Promise.race([sent, deps.after(maxTimeoutMs)]);
  if (inTime !== undefined) return ok(inTime);
  return refuse("DEADLINE_EXCEEDED", "the call took too long", { max_ms: String(maxTimeoutMs) });
}
