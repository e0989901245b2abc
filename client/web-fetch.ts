/** Lets the transports of `@connectrpc/connect-web` sign and check through a signing `fetch`. */
import type { SigningFetch } from "./signing-fetch.ts";

/** A `fetch` of the standard's shape. Its requests have their bodies as bytes or text. */
export function webFetch(signing: SigningFetch): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = new Uint8Array(await request.arrayBuffer());
    const { url, method, headers } = request;
    return signing.fetch({ url, method, headers, body }, init?.signal ?? undefined);
  };
}
