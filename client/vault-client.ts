/** Typed clients of one vault, for one caller's key. */
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import type { VaultCertificate } from "#protocol/certificate/verify";
import { dial } from "#protocol/dial";
import { vaultName } from "#protocol/names";
import { type SigningFetch, type SigningOptions, signingFetch } from "./signing-fetch.ts";
import type { Pin } from "./trust.ts";
import { UntrustedResponseError } from "./untrusted-response.ts";

/**
 * The services of one vault. A call fails with a `ConnectError` when the vault refuses it, and
 * with an `UntrustedResponseError` when the answer is not provably the vault's.
 */
export type VaultClient = {
  readonly vault: Client<typeof VaultService>;
  readonly triggers: Client<typeof TriggerService>;
  /** The vault's identity key. `undefined` before the first answer. */
  readonly identityKeyId: () => string | undefined;
  /** What the vault's certificate settled: keep it, and pass it to the next client. */
  readonly pin: () => Pin | undefined;
  /**
   * Fetches the vault's certificate and checks it. Needs the attestation keys. Throws an
   * `UntrustedResponseError`.
   */
  readonly certificate: () => Promise<VaultCertificate>;
};

/** Creates the clients. `baseUrl` is the API's public origin, which is part of every proof. */
export function createVaultClient(baseUrl: string, options: SigningOptions): VaultClient {
  const signing = signingFetch(options);
  const transport = signedTransport(baseUrl, signing);
  const vault = createClient(VaultService, transport);
  return {
    vault,
    triggers: createClient(TriggerService, transport),
    identityKeyId: signing.identityKeyId,
    pin: signing.pin,
    async certificate() {
      const answer = await vault.getCertificate({ name: vaultName(options.vaultId) });
      return signing.checkCertificate(answer.certificate);
    },
  };
}

function signedTransport(baseUrl: string, signing: SigningFetch): Transport {
  const transport = dial(async (request) => {
    const { url, method, headers, signal } = request;
    const body = new Uint8Array(await request.arrayBuffer());
    return signing.fetch({ url, method, headers, body }, signal);
  }, baseUrl);
  return {
    unary: (...call) => transport.unary(...call).catch(rethrow),
    stream: (...call) => transport.stream(...call).catch(rethrow),
  };
}

/** The library wraps what it does not know into its own error, which would pass for a refusal. */
function rethrow(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined;
  throw cause instanceof UntrustedResponseError ? cause : error;
}
