/** A vault that serves streams, in this process, with a gateway before it that a test makes meddle. */
import { createContextValues } from "@connectrpc/connect";
import { expect } from "vitest";
import { WatchVaultResponse_Kind as Kind } from "#gen/vault/v1/vault_messages";
import { VaultService } from "#gen/vault/v1/vault_service";
import { toConnectError } from "#protocol/errors";
import { readBody } from "#protocol/exchange";
import { findCandidate } from "#protocol/proof/candidate";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { signResponse } from "#protocol/proof/response";
import { generateP256Signer } from "#protocol/proof/signer";
import { serve } from "#protocol/serve";
import { firstLink, type Link, seal } from "#protocol/stream/chain";
import { toWatchVaultResponse } from "#protocol/stream/wire";

/** The vault of these tests. */
export const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
/** Its resource name. */
export const name = `vaults/${vaultId}`;
/** Where its gateway is. */
export const baseUrl = "https://api.example";

/** What the vault says: three changes, and why it ends. Numbers count from the resume token. */
type Script = { readonly changes: number; readonly cause: string | undefined };

/** A vault that serves streams alone, and a gateway before it. */
export async function makeVault(
  script: Script,
  meddle: (response: Response) => Response = (r) => r,
) {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  const keyId = formatEd25519KeyId(raw);
  const opened: string[] = [];
  let requestSignature = new Uint8Array();
  const handle = serve(
    (router) =>
      router.service(VaultService, {
        async *watchVault({ resumeToken }) {
          opened.push(resumeToken);
          if (resumeToken === "no") {
            throw toConnectError({ reason: "SCOPE_MISSING", detail: "no", metadata: {} }, "VAULT");
          }
          let link: Link = firstLink(requestSignature);
          let token = Number(resumeToken);
          const event = async (kind: Kind, resource: string) => {
            const sealed = await seal(
              link,
              {
                kind,
                resource,
                timeMs: Date.now(),
                leaseExpireMs: Date.now() + 900_000,
                resumeToken: String(token),
              },
              pair.privateKey,
            );
            link = sealed.link;
            return toWatchVaultResponse(sealed.event);
          };
          yield event(Kind.HEARTBEAT, "");
          for (let i = 0; i < script.changes; i++) {
            token += 1;
            yield event(Kind.EXECUTION, `${name}/executions/${token}`);
          }
          if (script.cause !== undefined) yield event(Kind.CLOSED, script.cause);
        },
      }),
    { enforcer: "VAULT", onFault: (fault) => expect.unreachable(String(fault)) },
  );
  const fetch = async (url: string, init: RequestInit) => {
    const request = new Request(url, { ...init, signal: null });
    const proof = findCandidate(request.headers, "metavault-v1");
    if (!proof.ok) return expect.unreachable(proof.error);
    requestSignature = proof.value.signature;
    const body = (await readBody(request.body, 65_536)) ?? new Uint8Array();
    const wire = { method: "POST", url, headers: request.headers, body };
    const signal = new AbortController().signal;
    const answer = await handle(wire, createContextValues(), signal);
    if (answer === undefined) return expect.unreachable(url);
    const by = {
      requestHeaders: request.headers,
      vaultId,
      keyId,
      key: pair.privateKey,
      nowMs: Date.now(),
    };
    const { status, headers } = answer;
    const open = answer.body instanceof ReadableStream ? undefined : answer.body;
    const signed = await signResponse({ status, headers, body: open }, by);
    return meddle(new Response(answer.body, { status, headers: signed.headers }));
  };
  const signer = await generateP256Signer();
  const options = { vaultId, signer, fetch, identityKeyId: keyId, maxSilenceMs: 400 };
  return { options, opened };
}
