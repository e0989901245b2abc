/**
 * The second way in: the same signed calls, straight to the vaults, past the gateway.
 *
 * For the day that the gateway is down or in wrong hands: a vault answers here exactly as it
 * does there, because it never trusted the gateway to begin with. Holds no state; checks the
 * proof only to keep floods off the objects.
 */
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { preflight, withCors } from "#protocol/cors";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { receive, turnAway } from "#protocol/receive";
import { ok, type Result } from "#protocol/result";
import { vaultRoutes } from "#protocol/screen";

/** What the way in needs. */
export type IngressDeps = {
  readonly origins: ReadonlySet<string>;
  /** Hands a request to a vault. */
  readonly vault: (vaultId: string, request: Request) => Promise<Response>;
  /** Counts a call of a key; false when there are too many. */
  readonly admit: (keyId: string) => Promise<boolean>;
  readonly now: () => number;
  readonly onFault: (fault: unknown) => void;
};

const routes = vaultRoutes([VaultService, TriggerService]);

// The proof is the credential, and no page can make a browser add one.
const everyOrigin: ReadonlySet<string> = new Set(["*"]);

/** Answers a request. Never throws. */
export async function enter(deps: IngressDeps, request: Request): Promise<Response> {
  const allowed = preflight(request, everyOrigin);
  if (allowed !== undefined) return allowed;
  const answer = await answerOf(deps, request).catch((fault: unknown) => {
    deps.onFault(fault);
    return refuse("UNAVAILABLE", "the vault does not answer");
  });
  const response = answer.ok ? answer.value : turnAway(request, answer.error, "GATEWAY");
  return withCors(response, request, everyOrigin);
}

async function answerOf(deps: IngressDeps, request: Request): Promise<Result<Response, Failure>> {
  const verifier = { origins: deps.origins, nowMs: deps.now() };
  const received = await receive(request, routes, verifier);
  if (!received.ok) return received;
  const { onward, proof } = received.value;
  if (proof === undefined) throw new Error("every route here is a vault's");
  if (!(await deps.admit(proof.keyId))) {
    return refuse("RATE_LIMITED", "too many calls", { limit: "ingress" });
  }
  return ok(await deps.vault(proof.vaultId, onward));
}
