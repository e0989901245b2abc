/**
 * Takes a call in: checks the caller's proof and scope, hands the authenticated view to the
 * services, signs the answer.
 *
 * Trusts nobody on the way: not the gateway, not a header that the caller did not sign. What
 * the services see is rebuilt from what was signed and from the digested body alone.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { type ConnectError, createContextValues } from "@connectrpc/connect";
import { accessOf, type MethodAccess } from "#protocol/access";
import { toConnectError } from "#protocol/errors";
import { readBody, type WireRequest, type WireResponse } from "#protocol/exchange";
import type { Failure, Reason } from "#protocol/failure";
import { signResponse } from "#protocol/proof/response";
import { type KeyVerdict, type VerifiedRequest, verifyRequest } from "#protocol/proof/verify";
import { reject } from "#protocol/reject";
import { err, ok, type Result } from "#protocol/result";
import { type Handle, maxBodyBytes } from "#protocol/serve";
import { admitsStrangers, authorize, holdsScope } from "./identity/authorize.ts";
import { commitCall } from "./identity/commit.ts";
import { refusalOf } from "./identity/key.ts";
import { readKey } from "./identity/key-store.ts";
import type { Vault } from "./identity/vault.ts";
import { type Call, callKey } from "./service/call.ts";
import type { Database } from "./storage/database.ts";

/** What the front door needs. */
export type FrontDoorDeps = {
  readonly db: Database;
  /** The vault's record; `undefined` before the claim. */
  readonly vault: () => Vault | undefined;
  /** Whether a CAIP-10 id is this object's. */
  readonly isOwnId: (vaultId: string) => boolean;
  readonly origins: ReadonlySet<string>;
  readonly methods: ReadonlyMap<string, DescMethod>;
  readonly handle: Handle;
  readonly identity: () => Promise<CryptoKey>;
  /** Creates the tables: the first thing that a claim's commit does. */
  readonly createSchema: () => void;
  /** Runs in the transaction of every change, after it. */
  readonly afterCommit: () => void;
  /** Whether the vault knows that its storage is no older than it should be. */
  readonly ready: () => Promise<boolean>;
  /** Makes what is committed safe from a restore of the storage; false when it could not. */
  readonly secure: () => Promise<boolean>;
  readonly now: () => number;
};

/** Creates the function that answers every request to a vault. */
export function createFrontDoor(deps: FrontDoorDeps): (request: Request) => Promise<Response> {
  const accesses = new Map([...deps.methods].map(([path, method]) => [path, accessOf(method)]));
  const claimPath = [...deps.methods].find(([, method]) => method.name === "ClaimVault")?.[0];

  const admit = async (
    request: WireRequest,
    nowMs: number,
  ): Promise<Result<{ proof: VerifiedRequest; access: MethodAccess }, Failure>> => {
    const path = new URL(request.url).pathname;
    const access = accesses.get(path);
    const vaultId = request.headers.get("metavault-id") ?? "";
    if (!deps.isOwnId(vaultId)) {
      return failed("HEADER_INVALID", "Metavault-Id does not name this vault", {
        header: "metavault-id",
      });
    }
    if (access === undefined) {
      return failed("METHOD_UNKNOWN", "no such method", { path: path.slice(0, 200) });
    }
    const vault = deps.vault();
    const lookup =
      vault === undefined ? undefined : (keyId: string) => verdictOf(vault, keyId, access, nowMs);
    const proof = await verifyRequest(request, {
      vaultId,
      origins: deps.origins,
      nowMs,
      ...(vault === undefined ? {} : { floorMs: vault.floorMs }),
      ...(lookup === undefined ? {} : { lookup }),
    });
    if (!proof.ok) {
      return failed("PROOF_REJECTED", "the caller proof does not hold", { proof: proof.error });
    }
    if (vault === undefined && path !== claimPath) {
      return failed("VAULT_UNCLAIMED", "nobody has claimed this vault", {});
    }
    const permitted = authorize(access, readKeyIfClaimed(proof.value.keyId));
    return permitted.ok ? ok({ proof: proof.value, access }) : permitted;
  };

  const verdictOf = (
    vault: Vault,
    keyId: string,
    access: MethodAccess,
    nowMs: number,
  ): KeyVerdict => {
    const key = readKey(deps.db, keyId)?.key;
    // What members prove in the body may come from a key that is not enrolled.
    if (key === undefined && admitsStrangers(access))
      return { accepted: true, maxProofSeconds: 60 };
    const failure = refusalOf(key, vault.authorityEpoch, nowMs);
    if (failure !== undefined) return { accepted: false, failure };
    return { accepted: true, maxProofSeconds: key?.maxProofSeconds ?? 60 };
  };

  const readKeyIfClaimed = (keyId: string) =>
    deps.vault() === undefined ? undefined : readKey(deps.db, keyId)?.key;

  const callFor = (proof: VerifiedRequest, access: MethodAccess, nowMs: number): Call => {
    const standsFor = `${new URL(proof.view.url).pathname} ${proof.contentDigest}`;
    return {
      vaultId: proof.vaultId,
      nowMs,
      keyId: proof.keyId,
      holdsScope: holdsScope(access, readKeyIfClaimed(proof.keyId)),
      commit: (requestId, answer, change) =>
        deps.db.transaction(() => {
          deps.createSchema();
          const admission = {
            keyId: proof.keyId,
            nonce: proof.nonce,
            nonceUntilMs: proof.nonceUntilMs,
            nowMs,
            standsFor,
            byOwners: admitsStrangers(access),
          };
          const message = commitCall(deps.db, admission, requestId, answer, change);
          deps.afterCommit();
          return message;
        }),
    };
  };

  const answer = async (request: WireRequest, nowMs: number): Promise<WireResponse> => {
    const contentType = request.headers.get("content-type");
    if (!(await deps.ready())) return reject(contentType, vaultError(unnoted));
    const admitted = await admit(request, nowMs);
    if (!admitted.ok) return reject(contentType, vaultError(admitted.error));
    const { proof, access } = admitted.value;
    const context = createContextValues();
    const call = callFor(proof, access, nowMs);
    let changed = false;
    const commit: Call["commit"] = (...change) => {
      const message = call.commit(...change);
      changed = true;
      return message;
    };
    context.set(callKey, { ...call, commit });
    const response = await deps.handle(proof.view, context, new AbortController().signal);
    // The change stands; who repeats the request gets its answer when it is safe.
    if (changed && !(await deps.secure())) return reject(contentType, vaultError(unnoted));
    return (
      response ?? reject(contentType, vaultError(failure("METHOD_UNKNOWN", "no such method", {})))
    );
  };

  const signed = async (
    request: WireRequest,
    response: WireResponse,
    nowMs: number,
  ): Promise<WireResponse> => {
    const vault = deps.vault();
    const { body } = response;
    if (vault === undefined || body instanceof ReadableStream) return response;
    return signResponse(
      { status: response.status, headers: response.headers, body },
      {
        requestHeaders: request.headers,
        vaultId: vault.vaultId,
        keyId: vault.identityKeyId,
        key: await deps.identity(),
        nowMs,
      },
    );
  };

  return async (request) => {
    const nowMs = deps.now();
    const body = await readBody(request.body, maxBodyBytes);
    if (body === undefined) {
      const metadata = { max_bytes: String(maxBodyBytes) };
      const tooLarge = failure("BODY_TOO_LARGE", "the body exceeds the limit", metadata);
      return toResponse(reject(request.headers.get("content-type"), vaultError(tooLarge)));
    }
    const wire = { method: request.method, url: request.url, headers: request.headers, body };
    return toResponse(await signed(wire, await answer(wire, nowMs), nowMs));
  };
}

const unnoted: Failure = {
  reason: "UNAVAILABLE",
  detail: "the vault's notary does not answer",
  metadata: {},
  retryAfterMs: 1000,
};

function toResponse(response: WireResponse): Response {
  const headers = new Headers(response.headers);
  headers.set("cache-control", "no-store, no-transform");
  return new Response(response.body, { status: response.status, headers });
}

function vaultError(failure: Failure): ConnectError {
  return toConnectError(failure, "VAULT");
}

function failure(reason: Reason, detail: string, metadata: Record<string, string>): Failure {
  return { reason, detail, metadata };
}

function failed(reason: Reason, detail: string, metadata: Record<string, string>) {
  return err(failure(reason, detail, metadata));
}
