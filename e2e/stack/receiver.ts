/**
 * A receiver of webhooks, as somebody's server would be. A stand-in: it answers what a test tells
 * it to, and keeps what came.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { WireRequest } from "../../protocol/exchange.ts";

/** A running receiver. */
export type Receiver = {
  /** Where it listens on this machine; a stack's `outside` maps a host to it. */
  readonly url: string;
  /** What came, as a verifier takes it: under the host that it is known by. */
  readonly requests: readonly WireRequest[];
  /** The statuses of the next answers; 204 when there are none left. */
  readonly answers: number[];
  readonly close: () => Promise<void>;
};

/** Starts a receiver that is known as `https://{host}`. */
export async function startReceiver(host: string): Promise<Receiver> {
  const requests: WireRequest[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    requests.push({
      method: request.method ?? "",
      url: `https://${host}${request.url ?? ""}`,
      headers,
      body: new Uint8Array(Buffer.concat(chunks)),
    });
    response.writeHead(answers.shift() ?? 204);
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answers,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
