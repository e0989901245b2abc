/**
 * A gateway in the hands of an attacker who answers in the vault's name: puts its own session
 * key into answers, signs with its own key, issues certificates of its own. `x-attack` says how.
 */
import { fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { CreateSessionResponseSchema } from "#gen/vault/v1/session_messages";
import { GetCertificateResponseSchema } from "#gen/vault/v1/vault_messages";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import { certificateField } from "#protocol/certificate/certificate";
import { type Attestation, issueCertificate } from "#protocol/certificate/issue";
import { possessionDigest } from "#protocol/certificate/possession";
import { toConnectError } from "#protocol/errors";
import { type Address, formatAccount, idOf, parseAccount } from "#protocol/names";
import { addressOf, signDigest } from "#protocol/proof/eip191";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { signResponse, type WholeResponse } from "#protocol/proof/response";
import { reject } from "#protocol/reject";

type Env = {
  readonly METAVAULT: DurableObjectNamespace;
  /** The origin that callers sign for. */
  readonly ORIGIN: string;
  readonly FACTORY: Address;
  readonly IMPLEMENTATION: Address;
};

const secretKey = new Uint8Array(32).fill(66);
const keyAddress = addressOf(secp256k1.getPublicKey(secretKey, false));
let identity: Promise<Attestation> | undefined;
let attestation: Promise<Attestation> | undefined;
/** The session that the forger's own key was put into. */
let sessionId = "s1";

export default {
  async fetch(request, env): Promise<Response> {
    identity ??= makeKey();
    attestation ??= makeKey();
    const attack = request.headers.get("x-attack") ?? "";
    const vaultId = request.headers.get("metavault-id") ?? "";
    const url = new URL(new URL(request.url).pathname, env.ORIGIN);
    const { headers } = request;
    const body = await request.arrayBuffer();
    const onward = new Request(url, { method: "POST", headers, body });
    const honest = await wholeOf(await env.METAVAULT.getByName(vaultId).fetch(onward));
    const resign = async (response: WholeResponse) =>
      signResponse(response, {
        requestHeaders: headers,
        vaultId,
        nowMs: Date.now(),
        ...(await (identity ?? makeKey())),
      });
    const isCertificate = url.pathname.endsWith("/GetCertificate");
    const certificate = request.headers.get("x-certificate") ?? (await ownCertificate(vaultId));
    switch (attack) {
      case "unsigned":
        honest.headers.delete("signature");
        return toResponse(honest);
      case "session":
        return toResponse(isCertificate ? honest : withOwnSession(honest, vaultId, env));
      case "session-resigned":
        if (isCertificate) return toResponse(honest);
        return toResponse(await resign(withOwnSession(honest, vaultId, env)));
      case "session-recertified":
        return toResponse(
          await resign(
            isCertificate
              ? withCertificate(honest, certificate)
              : withOwnSession(honest, vaultId, env),
          ),
        );
      case "certificate":
        return toResponse(isCertificate ? withCertificate(honest, certificate) : honest);
      case "certificate-resigned":
        return toResponse(
          isCertificate ? await resign(withCertificate(honest, certificate)) : honest,
        );
      case "refusal":
        return toResponse(refusal());
      case "refusal-resigned": {
        const refused = refusal();
        refused.headers.set(certificateField, certificate);
        return toResponse(await resign(refused));
      }
      default:
        return toResponse(honest);
    }
  },
} satisfies ExportedHandler<Env>;

async function makeKey(): Promise<Attestation> {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  return { keyId: formatEd25519KeyId(new Uint8Array(raw)), key: pair.privateKey };
}

/** Everything in it is true of the forger but the one thing that counts. */
async function ownCertificate(vaultId: string): Promise<string> {
  const [own, attested] = [await (identity ?? makeKey()), await (attestation ?? makeKey())];
  const vault = { vaultId, claimEpoch: 9, identityKeyId: own.keyId };
  const possession = signDigest(possessionDigest(vault), secretKey);
  const chain = `eip155:${parseAccount(vaultId)?.chainId}`;
  const issuedSeconds = Math.floor(Date.now() / 1000);
  return issueCertificate(attested, {
    ...vault,
    issuer: "https://forger.example",
    sessions: [{ id: sessionId, chain, address: keyAddress, possession }],
    codeVersion: "local",
    issuedSeconds,
    expireSeconds: issuedSeconds + 86_400,
  });
}

function withOwnSession(response: WholeResponse, vaultId: string, env: Env): WholeResponse {
  const message = fromBinary(CreateSessionResponseSchema, response.body);
  const { session } = message;
  if (session === undefined) return response;
  sessionId = idOf(session.name);
  const account = hybridAccount({
    factory: env.FACTORY,
    implementation: env.IMPLEMENTATION,
    owner: keyAddress,
    salt: sessionSalt(keyAddress),
  });
  session.keyAddress = keyAddress;
  session.account = formatAccount({
    chainId: parseAccount(vaultId)?.chainId ?? 0,
    address: account.address,
  });
  return { ...response, body: new Uint8Array(toBinary(CreateSessionResponseSchema, message)) };
}

/** The SDK asks in JSON at its first contact, and in protobuf as an application does. */
function withCertificate(response: WholeResponse, certificate: string): WholeResponse {
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  const json = JSON.stringify({ certificate });
  const message = fromJsonString(GetCertificateResponseSchema, json);
  const body = isJson
    ? new TextEncoder().encode(toJsonString(GetCertificateResponseSchema, message))
    : toBinary(GetCertificateResponseSchema, message);
  const headers = new Headers(response.headers);
  headers.delete(certificateField);
  return { status: 200, headers, body: new Uint8Array(body) };
}

function refusal(): WholeResponse {
  const failure = { reason: "VAULT_CLAIMED", detail: "somebody was faster", metadata: {} } as const;
  const { status, headers, body } = reject("application/proto", toConnectError(failure, "VAULT"));
  return { status, headers, body: body as Uint8Array<ArrayBuffer> };
}

async function wholeOf(response: Response): Promise<WholeResponse> {
  const body = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: new Headers(response.headers), body };
}

function toResponse({ status, headers, body }: WholeResponse): Response {
  return new Response(body, { status, headers });
}
