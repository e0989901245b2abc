/** Calls the signals service with a key that the deployment enrolled with it. */
import type { Transport } from "@connectrpc/connect";
import { dial } from "#protocol/dial";
import { signalsAudience } from "#protocol/proof/audience";
import { signRequest } from "#protocol/proof/sign";
import type { Signer } from "#protocol/proof/signer";

/** How such a caller calls. */
export type ServiceCallerOptions = {
  readonly signer: Signer;
  /** The platform's `fetch` unless given. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
};

/**
 * Creates a transport that signs every call for the signals service. `baseUrl` is the API's
 * public origin, which is part of every proof.
 */
export function serviceTransport(baseUrl: string, options: ServiceCallerOptions): Transport {
  const { signer, now = Date.now } = options;
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  return dial(async (request) => {
    const { url, method, headers, signal } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    const plain = { url, method, headers, body };
    const signed = await signRequest(plain, { signer, vaultId: signalsAudience, nowMs: now() });
    return send(signed.url, {
      method: signed.method,
      headers: signed.headers,
      body: signed.body,
      redirect: "manual",
      signal,
    });
  }, baseUrl);
}
