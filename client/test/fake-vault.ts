/** A vault as its callers see it: signed answers, a certificate, a clock. For tests of the SDK. */
import type { CertificateClaims } from "#protocol/certificate/certificate";
import { certificateField } from "#protocol/certificate/certificate";
import { type Attestation, issueCertificate } from "#protocol/certificate/issue";
import { toConnectError } from "#protocol/errors";
import type { WireRequest } from "#protocol/exchange";
import type { Reason } from "#protocol/failure";
import { findCandidate } from "#protocol/proof/candidate";
import { requestTag } from "#protocol/proof/coverage";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { signResponse } from "#protocol/proof/response";
import { verifyRequest } from "#protocol/proof/verify";
import { reject } from "#protocol/reject";

export const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
export const origin = "https://api.example";

/** An Ed25519 key with its id. */
export type SigningKey = Attestation;

/** Makes a key. */
export async function makeKey(): Promise<SigningKey> {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  return { keyId: formatEd25519KeyId(raw), key: pair.privateKey };
}

/** How the vault is. Tests change it as they go. */
export type FakeVault = {
  attestation: SigningKey;
  /** The key that signs answers; the attestation key does for an unclaimed vault. */
  identity: SigningKey | undefined;
  claimEpoch: number;
  /** Refuses every call with this reason. */
  refuses: Reason | undefined;
  now: () => number;
  /** The certificate that it hands out, instead of a true one. */
  certificate: string | undefined;
  /** Paths that were called, and when the caller said that it was. */
  readonly calls: { readonly method: string; readonly createdMs: number }[];
};

/** Makes a claimed vault. */
export async function makeVault(): Promise<FakeVault> {
  return {
    attestation: await makeKey(),
    identity: await makeKey(),
    claimEpoch: 1,
    refuses: undefined,
    now: () => Date.now(),
    certificate: undefined,
    calls: [],
  };
}

/** The vault's certificate, changed. */
export function certificateOf(
  vault: FakeVault,
  changes: Partial<CertificateClaims> = {},
): Promise<string> {
  const issuedSeconds = Math.floor(vault.now() / 1000);
  return issueCertificate(vault.attestation, {
    vaultId,
    claimEpoch: vault.claimEpoch,
    identityKeyId: vault.identity?.keyId ?? "",
    issuer: origin,
    sessions: [],
    codeVersion: "test",
    issuedSeconds,
    expireSeconds: issuedSeconds + 3600,
    ...changes,
  });
}

/** Answers as the vault does. */
export function fetchFrom(vault: FakeVault) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const request = { method: "POST", url, headers, body: init.body as Uint8Array<ArrayBuffer> };
    const found = findCandidate(headers, requestTag);
    const createdMs = found.ok ? found.value.created * 1000 : 0;
    vault.calls.push({ method: new URL(url).pathname.split("/")[2] ?? "", createdMs });
    const nowMs = vault.now();
    const proof = await verifyRequest(request, { origins: new Set([origin]), nowMs });
    const isCertificate = url.endsWith("/GetCertificate");
    const isMissing = isCertificate && vault.identity === undefined;
    const wanted = isMissing ? "VAULT_UNCLAIMED" : vault.refuses;
    const refused = proof.ok ? wanted : "PROOF_REJECTED";
    const metadata = proof.ok ? {} : { proof: proof.error };
    if (refused !== undefined) return refuse(vault, request, refused, metadata);
    const certificate = vault.certificate ?? (await certificateOf(vault));
    const answer = JSON.stringify(isCertificate ? { certificate } : {});
    return respond(vault, request, 200, new TextEncoder().encode(answer));
  };
}

async function refuse(
  vault: FakeVault,
  request: WireRequest,
  reason: Reason,
  metadata: Record<string, string>,
) {
  const error = toConnectError({ reason, detail: "refused", metadata }, "VAULT");
  const { status, body } = reject("application/json", error);
  const response = await respond(vault, request, status, body as Uint8Array);
  if (vault.identity === undefined) return response;
  response.headers.set(certificateField, vault.certificate ?? (await certificateOf(vault)));
  return response;
}

async function respond(vault: FakeVault, request: WireRequest, status: number, bytes: Uint8Array) {
  const signer = vault.identity ?? vault.attestation;
  const headers = new Headers({ "content-type": "application/json" });
  const signed = await signResponse(
    { status, headers, body: new Uint8Array(bytes) },
    { requestHeaders: request.headers, vaultId, nowMs: vault.now(), ...signer },
  );
  return new Response(signed.body, { status, headers: signed.headers });
}
