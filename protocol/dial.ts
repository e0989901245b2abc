/**
 * Makes a Connect transport out of anything that fetches: a service binding, a stub, a URL.
 *
 * Sends each request as one buffer, because a body that streams is neither signable nor
 * accepted by every `fetch`.
 */
import type { Transport } from "@connectrpc/connect";
import { universalClientResponseFromFetch } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";
import { gather } from "./exchange.ts";
import { maxBodyBytes } from "./serve.ts";

/** The part of `fetch` that is needed. */
export type Fetch = (request: Request) => Promise<Response>;

/** Creates a transport with the Connect protocol and protobuf. */
export function dial(fetch: Fetch, baseUrl: string): Transport {
  return createTransport({
    httpClient: async (request) => {
      const response = await fetch(
        new Request(request.url, {
          method: request.method,
          headers: request.header,
          body: await gather(request.body),
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        }),
      );
      return universalClientResponseFromFetch(response);
    },
    baseUrl,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: 8 * maxBodyBytes,
    writeMaxBytes: maxBodyBytes,
  });
}
