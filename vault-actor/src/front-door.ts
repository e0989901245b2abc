/**
 * Takes a call in: checks the caller's proof and scope, hands the authenticated view to the
 * services, signs the answer.
 *
 * Trusts nobody on the way: not the gateway, not a header that the caller did not sign. What
 * the services see is rebuilt from what was signed and from the digested body alone.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { createContextValues } from "@connectrpc/connect";
import { accessOf, type MethodAccess } from "#protocol/access";
import { certificateField } from "#protocol/certificate/certificate";
import type { Attestation } from "#protocol/certificate/issue";
import { readBody, type WireRequest, type WireResponse } from "#protocol/exchange";
import type { Failure, Reason } from "#protocol/failure";
import { signResponse } from "#protocol/proof/response";
import {
  defaultMaxProofSeconds,
  type KeyVerdict,
  type VerifiedRequest,
  verifyRequest,
} from "#protocol/proof/verify";
import { err, ok, type Result } from "#protocol/result";
import { type Handle, maxBodyBytes, refusedKey } from "#protocol/serve";
import { auditedCommit, type Wrote } from "./audited-commit.ts";
import {
  type Answer,
  failed,
  failure,
  refusal,
  tooLarge,
  toResponse,
  unnoted,
} from "./front-door-answers.ts";
import { admitsStrangers, authorize, holdsScope } from "./identity/authorize.ts";
import { createCallLimits } from "./identity/call-limits.ts";
import { admitCall } from "./identity/commit.ts";
import { isStranger, refusalOf } from "./identity/key.ts";
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
  /** The deployment's attestation key, which answers for a vault that has no key of its own. */
  readonly attestation: () => Promise<Attestation>;
  /** Certifies the vault's identity to somebody who may not read the vault. */
  readonly certifyIdentity: (vault: Vault, nowMs: number) => Promise<string>;
  /** Creates the tables: the first thing that a claim's commit does. */
  readonly createSchema: () => void;
  /** Runs in the transaction of every change, after it. */
  readonly afterCommit: () => void;
  /** Whether the vault knows that its storage is no older than it should be. */
  readonly ready: () => Promise<boolean>;
  /** Makes what is committed safe from a restore of the storage; false when it could not. */
  readonly secure: () => Promise<boolean>;
  /** Told how each call went: `ok` or the reason, and how long it took. */
  readonly answered: (outcome: Reason | "ok", tookMs: number) => void;
  readonly now: () => number;
};

/** Creates the function that answers every request to a vault. */
export function createFrontDoor(deps: FrontDoorDeps): (request: Request) => Promise<Response> {
  const accesses = new Map([...deps.methods].map(([path, method]) => [path, accessOf(method)]));
  const limits = createCallLimits();
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
    let limited: Failure | undefined;
    const lookup = (keyId: string): KeyVerdict => {
      if (isEnrolled(vault, keyId, nowMs)) return verdictOf(vault, keyId, access, nowMs);
      // Before its signature costs anything.
      limited = limits.countStranger(nowMs);
      if (limited !== undefined) return { accepted: false, failure: "unknown_key" };
      return verdictOf(vault, keyId, access, nowMs);
    };
    const proof = await verifyRequest(request, {
      vaultId,
      origins: deps.origins,
      nowMs,
      ...(vault === undefined ? {} : { floorMs: vault.floorMs }),
      lookup,
    });
    if (limited !== undefined) return err(limited);
    if (!proof.ok) {
      limits.countFailed(nowMs);
      return failed("PROOF_REJECTED", "the caller proof does not hold", { proof: proof.error });
    }
    // While the signature was checked, another call may have revoked the key.
    const now = deps.vault();
    const still = now && verdictOf(now, proof.value.keyId, access, nowMs);
    if (still?.accepted === false) {
      return failed("PROOF_REJECTED", "the key is not accepted", { proof: still.failure });
    }
    if (vault === undefined && path !== claimPath) {
      return failed("VAULT_UNCLAIMED", "nobody has claimed this vault", {});
    }
    const key = readKeyIfClaimed(proof.value.keyId);
    limited = key && limits.countKey(key, nowMs);
    if (limited !== undefined) return err(limited);
    const permitted = authorize(access, key);
    return permitted.ok ? ok({ proof: proof.value, access }) : permitted;
  };

  const isEnrolled = (vault: Vault | undefined, keyId: string, nowMs: number) =>
    vault !== undefined &&
    refusalOf(readKey(deps.db, keyId)?.key, vault.authorityEpoch, nowMs) === undefined;

  const verdictOf = (
    vault: Vault | undefined,
    keyId: string,
    access: MethodAccess,
    nowMs: number,
  ): KeyVerdict => {
    // Before the claim there is no register: the claim's own proof decides.
    if (vault === undefined) return { accepted: true, maxProofSeconds: defaultMaxProofSeconds };
    const key = readKey(deps.db, keyId)?.key;
    // What members prove in the body may come from a key that is not enrolled.
    if (admitsStrangers(access) && isStranger(key, vault.authorityEpoch, nowMs))
      return { accepted: true, maxProofSeconds: 60 };
    const failure = refusalOf(key, vault.authorityEpoch, nowMs);
    if (failure !== undefined) return { accepted: false, failure };
    const { maxProofSeconds = 60, startMs = 0 } = key ?? {};
    return { accepted: true, maxProofSeconds, startMs };
  };

  const readKeyIfClaimed = (keyId: string) =>
    deps.vault() === undefined ? undefined : readKey(deps.db, keyId)?.key;

  const callFor = (
    proof: VerifiedRequest,
    access: MethodAccess,
    nowMs: number,
    wrote: Wrote,
  ): Call => {
    const path = new URL(proof.view.url).pathname;
    const admission = {
      keyId: proof.keyId,
      nonce: proof.nonce,
      nonceUntilMs: proof.nonceUntilMs,
      nowMs,
      standsFor: `${path} ${proof.contentDigest}`,
      byOwners: admitsStrangers(access),
    };
    const audited = {
      vaultId: proof.vaultId,
      proof,
      admission,
      path,
      before: deps.createSchema,
      after: deps.afterCommit,
      wrote,
    };
    return {
      vaultId: proof.vaultId,
      nowMs,
      keyId: proof.keyId,
      // Asked anew each time: a revocation may come between the proof and the commit.
      get holdsScope() {
        const key = readKeyIfClaimed(proof.keyId);
        const epoch = deps.vault()?.authorityEpoch ?? 0;
        return refusalOf(key, epoch, nowMs) === undefined && holdsScope(access, key);
      },
      proofSignature: proof.signature,
      consume: () =>
        deps.db.transaction(() => {
          admitCall(deps.db, admission);
          deps.afterCommit();
        }),
      commit: (requestId, answer, change, refused) =>
        auditedCommit(deps.db, audited, requestId, answer, change, refused),
    };
  };

  const answer = async (request: WireRequest, nowMs: number): Promise<Answer> => {
    const contentType = request.headers.get("content-type");
    if (!(await deps.ready())) return turnedAway(contentType, unnoted, nowMs);
    const admitted = await admit(request, nowMs);
    if (!admitted.ok) return turnedAway(contentType, admitted.error, nowMs);
    const { proof, access } = admitted.value;
    const context = createContextValues();
    const wrote = { change: false, refusal: false };
    context.set(callKey, callFor(proof, access, nowMs, wrote));
    const response = await deps.handle(proof.view, context, new AbortController().signal);
    // The change stands; who repeats the request gets its answer when it is safe.
    if (wrote.change && !(await deps.secure())) return refusal(contentType, unnoted);
    // A refusal that was written down is the answer in any case.
    if (wrote.refusal) await deps.secure();
    if (response === undefined) {
      return refusal(contentType, failure("METHOD_UNKNOWN", "no such method", {}));
    }
    return { response, outcome: context.get(refusedKey) ?? "ok" };
  };

  /** Who is turned away may not ask for the certificate, and must know who it was. */
  const turnedAway = async (
    contentType: string | null,
    failure: Failure,
    nowMs: number,
  ): Promise<Answer> => {
    const answer = refusal(contentType, failure);
    const vault = deps.vault();
    if (vault !== undefined) {
      answer.response.headers.set(certificateField, await deps.certifyIdentity(vault, nowMs));
    }
    return answer;
  };

  const signerFor = async (request: WireRequest) => {
    const vault = deps.vault();
    if (vault !== undefined) {
      const { vaultId, identityKeyId } = vault;
      return { vaultId, keyId: identityKeyId, key: await deps.identity() };
    }
    const vaultId = request.headers.get("metavault-id") ?? "";
    return deps.isOwnId(vaultId) ? { vaultId, ...(await deps.attestation()) } : undefined;
  };

  const signed = async (
    request: WireRequest,
    response: WireResponse,
    nowMs: number,
  ): Promise<WireResponse> => {
    const signer = await signerFor(request);
    if (signer === undefined) return response;
    const { status, headers, body } = response;
    const by = { requestHeaders: request.headers, nowMs, ...signer };
    if (!(body instanceof ReadableStream)) return signResponse({ status, headers, body }, by);
    // The events of a stream are signed one by one.
    return { ...(await signResponse({ status, headers, body: undefined }, by)), body };
  };

  return async (request) => {
    const nowMs = deps.now();
    const { method, url, headers } = request;
    const body = await readBody(request.body, maxBodyBytes);
    const wire = { method, url, headers, body: body ?? new Uint8Array() };
    const { response, outcome } =
      body === undefined
        ? await turnedAway(headers.get("content-type"), tooLarge, nowMs)
        : await answer(wire, nowMs);
    const sealed = toResponse(await signed(wire, response, nowMs));
    deps.answered(outcome, deps.now() - nowMs);
    return sealed;
  };
}
