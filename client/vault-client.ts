/** Typed clients of one vault, for one caller's key. */
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { dial } from "#protocol/dial";
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
  return dial(async (request) => {
    const { url, method, headers, signal } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    return signing.fetch({ url, method, headers, body }, signal);
  }, baseUrl);
}
