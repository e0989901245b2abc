/** Lets browsers call (Fetch standard, CORS). Pure. No cookie or credential is ever used. */
import { cors } from "@connectrpc/connect";
import { requestHeaderNames, responseHeaderNames } from "./proof/coverage.ts";

const allowHeaders = [...cors.allowedHeaders, ...requestHeaderNames].join(", ");
const exposeHeaders = [...cors.exposedHeaders, "etag", ...responseHeaderNames].join(", ");

/** The answer to a preflight. `undefined` when the request is none. */
export function preflight(
  request: Request,
  allowed: ReadonlySet<string>,
  methods: "POST" | "GET, POST" = "POST",
): Response | undefined {
  const isPreflight =
    request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  if (!isPreflight) return undefined;
  const headers = new Headers({
    "access-control-allow-methods": methods,
    "access-control-allow-headers": allowHeaders,
    "access-control-max-age": "7200",
  });
  allowOrigin(headers, request, allowed);
  return new Response(null, { status: 204, headers });
}

/**
 * Adds what a browser needs to read the answer. Changes nothing that a vault signs. What a cache
 * may keep gets it in any case: it is given to whoever asks next.
 */
export function withCors(
  response: Response,
  request: Request,
  allowed: ReadonlySet<string>,
): Response {
  if (!request.headers.has("origin") && request.method !== "GET") return response;
  const headers = new Headers(response.headers);
  allowOrigin(headers, request, allowed);
  headers.set("access-control-expose-headers", exposeHeaders);
  return new Response(response.body, { status: response.status, headers });
}

function allowOrigin(headers: Headers, request: Request, allowed: ReadonlySet<string>): void {
  // The same for everybody, so nothing varies.
  if (allowed.has("*")) {
    headers.set("access-control-allow-origin", "*");
    return;
  }
  const origin = request.headers.get("origin") ?? "";
  if (allowed.has(origin)) headers.set("access-control-allow-origin", origin);
  headers.append("vary", "origin");
}
