/** Typed clients of one vault, for one caller's key. */
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { universalClientResponseFromFetch } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { joinBytes } from "#protocol/exchange";
import { type SigningFetch, type SigningOptions, signingFetch } from "./signing-fetch.ts";

/** The services of one vault. */
export type VaultClient = {
  readonly vault: Client<typeof VaultService>;
  readonly triggers: Client<typeof TriggerService>;
  /** The vault's identity key: keep it, and pass it to the next client. */
  readonly identityKeyId: () => string | undefined;
};

/** Creates the clients. `baseUrl` is the API's public origin, which is part of every proof. */
export function createVaultClient(baseUrl: string, options: SigningOptions): VaultClient {
  const signing = signingFetch(options);
  const transport = signedTransport(baseUrl, signing);
  return {
    vault: createClient(VaultService, transport),
    triggers: createClient(TriggerService, transport),
    identityKeyId: signing.identityKeyId,
  };
}

function signedTransport(baseUrl: string, signing: SigningFetch): Transport {
  return createTransport({
    httpClient: async (request) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of request.body ?? []) {
        chunks.push(chunk);
        size += chunk.byteLength;
      }
      const { url, method, header: headers } = request;
      const wire = { url, method, headers, body: joinBytes(chunks, size) };
      return universalClientResponseFromFetch(await signing.fetch(wire, request.signal));
    },
    baseUrl,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: 8 * 1_048_576,
    writeMaxBytes: 1_048_576,
  });
}
