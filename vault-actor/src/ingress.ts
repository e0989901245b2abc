/**
 * The second way in: the same signed calls, straight to the vaults, past the gateway.
 *
 * For the day that the gateway is down or in wrong hands: a vault answers here exactly as it
 * does there, because it never trusted the gateway to begin with. Holds no state; checks the
 * proof only to keep floods off the objects.
 */
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { methodsByPath } from "#protocol/access";
import { preflight, withCors } from "#protocol/cors";
import { toConnectError } from "#protocol/errors";
import { readBody } from "#protocol/exchange";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { verifyRequest } from "#protocol/proof/verify";
import { reject } from "#protocol/reject";
import { ok, type Result } from "#protocol/result";
import { screen } from "#protocol/screen";
import { maxBodyBytes } from "#protocol/serve";

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

const routes = new Map(
  [...methodsByPath([VaultService, TriggerService])].map(([path, method]) => [
    path,
    { streams: method.methodKind !== "unary", isVaults: true },
  ]),
);

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
  const response = answer.ok ? answer.value : refusal(request, answer.error);
  return withCors(response, request, everyOrigin);
}

async function answerOf(deps: IngressDeps, request: Request): Promise<Result<Response, Failure>> {
  const route = screen(request, routes);
  if (!route.ok) return route;
  const body = await readBody(request.body, maxBodyBytes);
  if (body === undefined) {
    const metadata = { max_bytes: String(maxBodyBytes) };
    return refuse("BODY_TOO_LARGE", "the body exceeds the limit", metadata);
  }
  const { method, url, headers } = request;
  const proof = await verifyRequest(
    { method, url, headers, body },
    { origins: deps.origins, nowMs: deps.now() },
  );
  if (!proof.ok) {
    const metadata = { proof: proof.error };
    return refuse("PROOF_REJECTED", "the caller proof does not hold", metadata);
  }
  if (!(await deps.admit(proof.value.keyId))) {
    return refuse("RATE_LIMITED", "too many calls", { limit: "ingress" });
  }
  const onward = new Request(url, { method: "POST", headers, body });
  return ok(await deps.vault(proof.value.vaultId, onward));
}

function refusal(request: Request, failure: Failure): Response {
  const error = toConnectError(failure, "GATEWAY");
  const { status, headers, body } = reject(request.headers.get("content-type"), error);
  headers.set("cache-control", "no-store, no-transform");
  return new Response(body, { status, headers });
}
