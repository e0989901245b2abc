/**
 * Screens a request by its line and headers, before its body is read.
 *
 * Pure. Refuses what no service behind could take; decides nothing about a vault.
 */
import type { DescService } from "@bufbuild/protobuf";
import { methodsByPath } from "./access.ts";
import type { Failure } from "./failure.ts";
import { refuse } from "./failure.ts";
import type { ProofFailure } from "./proof/failure.ts";
import { ok, type Result } from "./result.ts";
import { maxBodyBytes } from "./serve.ts";

const unaryTypes = /^application\/(json|proto|grpc-web(\+(proto|json))?)$/;
const streamTypes = /^application\/(connect\+(proto|json)|grpc-web(\+(proto|json))?)$/;

/** What a proof needs; each must come exactly once. */
const proofHeaders = ["metavault-id", "content-digest", "signature", "signature-input"] as const;

/** What must be known of a served method. */
export type Screened = {
  readonly streams: boolean;
  /** Whether it is of a vault, so that the call must carry a proof. */
  readonly isVaults: boolean;
};

/** The routes of services: of vaults, or open to everybody. */
export function routesOf(
  services: readonly DescService[],
  { isVaults }: Pick<Screened, "isVaults">,
): ReadonlyMap<string, Screened> {
  return new Map(
    [...methodsByPath(services)].map(([path, method]) => [
      path,
      { streams: method.methodKind !== "unary", isVaults },
    ]),
  );
}

/** Finds the route of a request among `routes`, by path, or says what is wrong with its head. */
export function screen<Route extends Screened>(
  request: Request,
  routes: ReadonlyMap<string, Route>,
): Result<Route, Failure> {
  const path = new URL(request.url).pathname;
  const route = routes.get(path);
  if (route === undefined) {
    return refuse("METHOD_UNKNOWN", "no such method", { path: path.slice(0, 200) });
  }
  if (request.method !== "POST") return unsupported(request.method, "only POST is served");
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
  if (!route.isVaults) return ok(route);
  return checkProofHeaders(request.headers, route);
}

function checkProofHeaders<Route>(headers: Headers, route: Route): Result<Route, Failure> {
  for (const name of proofHeaders) {
    const value = headers.get(name);
    if (value === null) {
      // A call without any proof is told so as a proof failure, like any other bad proof.
      if (name === "metavault-id") return invalidHeader(name, "missing");
      return refusedProof(name === "content-digest" ? "bad_content_digest" : "signature_missing");
    }
  }
  const vaultId = headers.get("metavault-id") ?? "";
  // Doubled headers arrive joined by commas; a vault id has none.
  if (!/^eip155:[1-9][0-9]{0,15}:0x[0-9a-f]{40}$/.test(vaultId)) {
    return invalidHeader("metavault-id", "not one CAIP-10 id in lowercase");
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
