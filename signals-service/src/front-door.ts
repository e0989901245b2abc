/**
 * Takes a call in: its head, its size, and the proof of a caller that needs one.
 *
 * Trusts nobody on the way, the gateway least: a proof is verified here, with this service's own
 * register of keys, and the methods see only what the caller signed.
 */
import { createContextValues } from "@connectrpc/connect";
import { SignalService } from "#gen/signal/v1/signal_service";
import { toConnectError } from "#protocol/errors";
import type { WireResponse } from "#protocol/exchange";
import { receive, turnAway } from "#protocol/receive";
import { reject } from "#protocol/reject";
import { serviceRoutes } from "#protocol/screen";
import type { Handle } from "#protocol/serve";
import { callerKey } from "./service/caller.ts";
import { conditional } from "./service/conditional.ts";
import { type Enrolled, verdictOn } from "./service/enrolled.ts";

/** What the front door needs. */
export type FrontDoorDeps = {
  readonly handle: Handle;
  /** The public origins of the API that callers may sign for. */
  readonly origins: ReadonlySet<string>;
  readonly enrolled: Enrolled;
  readonly now: () => number;
};

const routes = serviceRoutes([SignalService]);

/** Creates the function that answers every call. */
export function createFrontDoor(deps: FrontDoorDeps): (request: Request) => Promise<Response> {
  const { handle, origins, enrolled, now } = deps;
  const lookup = (keyId: string) => verdictOn(keyId, enrolled);
  return async (request) => {
    const received = await receive(request, routes, { origins, nowMs: now(), lookup });
    if (!received.ok) return turnAway(request, received.error, "SIGNALS");
    const { onward, proof } = received.value;
    const context = createContextValues();
    if (proof !== undefined) {
      const { keyId, nonce, nonceUntilMs } = proof;
      const isOperator = enrolled.operators.has(keyId);
      context.set(callerKey, { keyId, nonce, nonceUntilMs, isOperator });
    }
    const { method, url, headers } = onward;
    const body = new Uint8Array(await onward.arrayBuffer());
    const wire = proof?.view ?? { method, url, headers, body };
    const answer = (await handle(wire, context, new AbortController().signal)) ?? unknown(request);
    if (method !== "GET") return toResponse(answer);
    return toResponse(await conditional(answer, headers.get("if-none-match")));
  };
}

function unknown(request: Request): WireResponse {
  const path = new URL(request.url).pathname.slice(0, 200);
  const failure = { reason: "METHOD_UNKNOWN", detail: "no such method" } as const;
  const error = toConnectError({ ...failure, metadata: { path } }, "SIGNALS");
  return reject(request.headers.get("content-type"), error);
}

/** Only what has a validator may be kept. */
function toResponse({ status, headers, body }: WireResponse): Response {
  const sent = new Headers(headers);
  if (!sent.has("etag")) sent.set("cache-control", "no-store");
  return new Response(status === 304 ? null : body, { status, headers: sent });
}
