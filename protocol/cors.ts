/** Lets browsers call (Fetch standard, CORS). Pure. No cookie or credential is ever used. */
import { cors } from "@connectrpc/connect";
import { requestHeaderNames, responseHeaderNames } from "./proof/coverage.ts";

const allowHeaders = [...cors.allowedHeaders, ...requestHeaderNames].join(", ");
const exposeHeaders = [...cors.exposedHeaders, ...responseHeaderNames].join(", ");

/** The answer to a preflight. `undefined` when the request is none. */
export function preflight(request: Request, allowed: ReadonlySet<string>): Response | undefined {
  const isPreflight =
    request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  if (!isPreflight) return undefined;
  const headers = new Headers({
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": allowHeaders,
    "access-control-max-age": "7200",
  });
  allowOrigin(headers, request, allowed);
  return new Response(null, { status: 204, headers });
}

/** Adds what a browser needs to read the answer. Changes nothing that a vault signs. */
export function withCors(
  response: Response,
  request: Request,
  allowed: ReadonlySet<string>,
): Response {
  if (!request.headers.has("origin")) return response;
  const headers = new Headers(response.headers);
  allowOrigin(headers, request, allowed);
  headers.set("access-control-expose-headers", exposeHeaders);
  return new Response(response.body, { status: response.status, headers });
}

function allowOrigin(headers: Headers, request: Request, allowed: ReadonlySet<string>): void {
  const origin = request.headers.get("origin") ?? "";
  if (allowed.has("*")) headers.set("access-control-allow-origin", "*");
  else if (allowed.has(origin)) headers.set("access-control-allow-origin", origin);
  headers.append("vary", "origin");
}
