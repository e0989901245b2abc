/**
 * Publishes observations of custom series with an enrolled key.
 *
 * Every call is signed for the signals service, with the proof that vaults are called with.
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import type { Observation } from "#gen/signal/v1/observation";
import {
  type CustomObservationSchema,
  PublishObservationsRequestSchema,
} from "#gen/signal/v1/publish_messages";
import { SignalService } from "#gen/signal/v1/signal_service";
import { dial } from "#protocol/dial";
import { signalsAudience } from "#protocol/proof/audience";
import { signRequest } from "#protocol/proof/sign";
import type { Signer } from "#protocol/proof/signer";

/** How a publisher calls. */
export type PublisherOptions = {
  readonly signer: Signer;
  /** The platform's `fetch` unless given. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
};

/** A publisher's client. */
export type PublisherClient = {
  /**
   * Publishes observations, 1 to 100, of each series one at most. A repeat with the same
   * `requestId` and content changes nothing and returns the same; take a fresh one otherwise. Fails with a
   * `ConnectError`.
   */
  readonly publish: (
    observations: readonly MessageInitShape<typeof CustomObservationSchema>[],
    requestId?: string,
  ) => Promise<readonly Observation[]>;
};

/** Creates the client. `baseUrl` is the API's public origin, which is part of every proof. */
export function createPublisherClient(baseUrl: string, options: PublisherOptions): PublisherClient {
  const { signer, now = Date.now } = options;
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  const transport = dial(async (request) => {
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
  const client = createClient(SignalService, transport);
  return {
    async publish(observations, requestId = crypto.randomUUID()) {
      const request = create(PublishObservationsRequestSchema, {
        requestId,
        observations: [...observations],
      });
      return (await client.publishObservations(request)).observations;
    },
  };
}
