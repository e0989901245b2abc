/** A typed client of the signals that everybody may read. No key is needed. */
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { SignalService } from "#gen/signal/v1/signal_service";

/** Creates the client. Check a snapshot with `verifySnapshot` and the feed's key. */
export function createSignalClient(baseUrl: string): Client<typeof SignalService> {
  return createClient(SignalService, createConnectTransport({ baseUrl, useBinaryFormat: true }));
}
