/**
 * Screens a request by its line and headers, before its body is read.
 *
 * Pure. Refuses what no service behind could take; decides nothing about a vault.
 */
import type { DescService } from "@bufbuild/protobuf";
import { accessOf, isRead, methodsByPath } from "./access.ts";
import type { Failure } from "./failure.ts";
import { refuse } from "./failure.ts";
import { type Audience, isAudience, signalsAudience } from "./proof/audience.ts";
import type { ProofFailure } from "./proof/failure.ts";
import { checkQuery } from "./query.ts";
import { ok, type Result } from "./result.ts";
import { maxBodyBytes } from "./serve.ts";

const unaryTypes = /^application\/(json|proto|grpc-web(\+(proto|json))?)$/;
const streamTypes = /^application\/(connect\+(proto|json)|grpc-web(\+(proto|json))?)$/;

/** What a proof needs; each must come exactly once. */
const proofHeaders = ["metavault-id", "content-digest", "signature", "signature-input"] as const;

/** What must be known of a served method. */
export type Screened = {
  readonly streams: boolean;
  /** Whom the call's proof must be made for. Absent: it needs none. */
  readonly audience: Audience | undefined;
  /** Whether it may also be asked by GET. */
  readonly byGet: boolean;
};

/** The routes of services whose every call is a vault's. */
export function vaultRoutes(services: readonly DescService[]): ReadonlyMap<string, Screened> {
  return new Map(
    [...methodsByPath(services)].map(([path, method]) => {
      const streams = method.methodKind !== "unary";
      return [path, { streams, audience: "vault", byGet: false }];
    }),
  );
}

/** The routes of a service that is not a vault: each method as the contract says. */
export function serviceRoutes(services: readonly DescService[]): ReadonlyMap<string, Screened> {
  return new Map(
    [...methodsByPath(services)].map(([path, method]) => {
      const { kind } = accessOf(method);
      if (kind !== "public" && kind !== "serviceKey") throw new Error(`${path} is a vault's`);
      const streams = method.methodKind !== "unary";
      const audience = kind === "public" ? undefined : "signals";
      const byGet = audience === undefined && !streams && isRead(method);
      return [path, { streams, audience, byGet }];
    }),
  );
}

/** Finds the route of a request among `routes`, by path, or says what is wrong with its head. */
export function screen<Route extends Screened>(
  request: Request,
  routes: ReadonlyMap<string, Route>,
): Result<Route, Failure> {
  const url = new URL(request.url);
  const path = url.pathname;
  const route = routes.get(path);
  if (route === undefined) {
    return refuse("METHOD_UNKNOWN", "no such method", { path: path.slice(0, 200) });
  }
  if (request.method === "GET" && route.byGet) {
    const format = checkQuery(url);
    return format.ok ? ok(route) : format;
  }
  if (request.method !== "POST")
    return unsupported(request.method, "this HTTP method is not served here");
  const contentType = request.headers.get("content-type") ?? "";
  const type = contentType.toLowerCase().split(";", 1)[0]?.trim() ?? "";
  if (!(route.streams ? streamTypes : unaryTypes).test(type)) {
    return unsupported(contentType, "the content type is not served");
  }
  for (const name of ["content-encoding", "connect-content-encoding", "grpc-encoding"]) {
    const encoding = request.headers.get(name);
    if (encoding !== null && encoding !== "identity") {
      return unsupported(encoding, "compressed requests are not served");
    }
  }
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > maxBodyBytes) {
    const metadata = { max_bytes: String(maxBodyBytes) };
    return refuse("BODY_TOO_LARGE", "the body exceeds the limit", metadata);
  }
  if (route.audience === undefined) return ok(route);
  return checkProofHeaders(request.headers, route, route.audience);
}

function checkProofHeaders<Route>(
  headers: Headers,
  route: Route,
  audience: Audience,
): Result<Route, Failure> {
  for (const name of proofHeaders) {
    const value = headers.get(name);
    if (value === null) {
      // A call without any proof is told so as a proof failure, like any other bad proof.
      if (name === "metavault-id") return invalidHeader(name, "missing");
      return refusedProof(name === "content-digest" ? "bad_content_digest" : "signature_missing");
    }
  }
  // Doubled headers arrive joined by commas; no id has one.
  if (!isAudience(headers.get("metavault-id"), audience)) {
    const wanted = audience === "vault" ? "one CAIP-10 id in lowercase" : signalsAudience;
    return invalidHeader("metavault-id", `not ${wanted}`);
  }
  if (!/^sha-256=:[A-Za-z0-9+/]{43}=:$/.test(headers.get("content-digest") ?? "")) {
    return refusedProof("bad_content_digest");
  }
  return ok(route);
}

function refusedProof(proof: ProofFailure) {
  return refuse("PROOF_REJECTED", "the caller proof does not hold", { proof });
}

function invalidHeader(header: string, what: string) {
  return refuse("HEADER_INVALID", `${header}: ${what}`, { header });
}

function unsupported(got: string, detail: string) {
  return refuse("CONTENT_TYPE_UNSUPPORTED", detail, { got: got.slice(0, 100) });
}
