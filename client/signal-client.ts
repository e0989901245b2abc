/** A typed client of the signals that everybody may read. No key is needed. */
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { SignalService } from "#gen/signal/v1/signal_service";

/**
 * Creates the client. It reads by GET, so that caches may answer. Check a snapshot with
 * `verifySnapshot` and the feed's key, a manifest and its entries with `verifyManifest` and
 * `verifyEntry`; `followSignals` does it all.
 */
export function createSignalClient(baseUrl: string): Client<typeof SignalService> {
  const options = { baseUrl, useBinaryFormat: true, useHttpGet: true };
  return createClient(SignalService, createConnectTransport(options));
}
