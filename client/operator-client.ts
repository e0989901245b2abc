/** Reads, with an operator's key, how the signals service and all vaults together are doing. */
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import type { GetOverviewResponse } from "#gen/signal/v1/overview_messages";
import { SignalService } from "#gen/signal/v1/signal_service";
import { type ServiceCallerOptions, serviceTransport } from "./service-transport.ts";

/** An operator's client. */
export type OperatorClient = {
  /**
   * The overview; what vaults did is summed over the last `windowMs` milliseconds, from a minute
   * to 31 days: an hour unless given. Fails with a `ConnectError`.
   */
  readonly overview: (windowMs?: number) => Promise<GetOverviewResponse>;
};

/** Creates the client. `baseUrl` is the API's public origin, which is part of every proof. */
export function createOperatorClient(
  baseUrl: string,
  options: ServiceCallerOptions,
): OperatorClient {
  const client = createClient(SignalService, serviceTransport(baseUrl, options));
  return {
    overview: (windowMs) =>
      client.getOverview(windowMs === undefined ? {} : { window: durationFromMs(windowMs) }),
  };
}
