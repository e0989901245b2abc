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
import { type ServiceCallerOptions, serviceTransport } from "./service-transport.ts";

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
export function createPublisherClient(
  baseUrl: string,
  options: ServiceCallerOptions,
): PublisherClient {
  const client = createClient(SignalService, serviceTransport(baseUrl, options));
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
